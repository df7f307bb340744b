import { limits, PID } from "../fake-machine.test.helper.ts";
import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, swaps, text } from "../rows.test.helper.ts";
import { MEMORY_CHECKS } from "./memory.ts";

const SDA = "/dev/sda2 partition 8388604 0 -2";
const hibernates: Seed = (seeded) => {
  swaps(SDA)(seeded);
  text("/sys/power/state", "freeze mem disk\n")(seeded);
};

const rows: readonly Row[] = [
  ["swap", "a partition", swaps(SDA), "warn", /^\/dev\/sda2 not encrypted.*names/, /^swapoff \/dev\/sda2, /],
  [
    "swap",
    "a partition, and weak memory",
    (seeded) => {
      swaps(SDA)(seeded);
      seeded.tell({ memory: "weak" });
    },
    "fail",
    /secrets may be written/,
    /^swapoff/,
  ],
  [
    "swap",
    "a file with a blank in its name",
    swaps("/swap\\040file file 1 0 -2"),
    "warn",
    /^'\/swap file'/,
    /^swapoff '\/swap file',/,
  ],
  [
    "swap",
    "encrypted",
    (seeded) => {
      swaps("/dev/dm-1 partition 8388604 0 -2")(seeded);
      seeded.machine.folder("/sys/block/dm-1/slaves/dm-0");
      seeded.machine.file("/sys/block/dm-1/dm/uuid", "LVM-x");
      seeded.machine.file("/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-x");
    },
    "ok",
    /encrypted/,
  ],
  [
    "swap",
    "LVM on a bare disk",
    (seeded) => {
      swaps("/dev/dm-1 partition 8388604 0 -2")(seeded);
      seeded.machine.folder("/sys/block/dm-1/slaves/sda2");
      seeded.machine.file("/sys/block/dm-1/dm/uuid", "LVM-x");
    },
    "warn",
    /not encrypted/,
    /swapoff/,
  ],
  [
    "swap",
    "a file on an encrypted disk",
    (seeded) => {
      swaps("/swapfile file 1 0 -2")(seeded);
      seeded.machine.mounts[0] = "1 0 253:0 / / rw,relatime - ext4 /dev/mapper/root rw";
      seeded.machine.link("/dev/mapper/root", "/dev/dm-0");
      seeded.machine.file("/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-x");
    },
    "ok",
    /encrypted/,
  ],
  ["swap", "zram", swaps("/dev/zram0 partition 1 0 100"), "ok", /in memory/],
  [
    "swap",
    "zram that writes back to a disk",
    (seeded) => {
      swaps("/dev/zram0 partition 1 0 100")(seeded);
      text("/sys/block/zram0/backing_dev", "/dev/sda3\n")(seeded);
    },
    "warn",
    /not encrypted/,
    /swapoff/,
  ],
  [
    "swap",
    "a group that may not swap",
    (seeded) => {
      swaps(SDA)(seeded);
      text("/sys/fs/cgroup/system.slice/sotto.service/memory.swap.max", "0\n")(seeded);
    },
    "ok",
    /may not swap/,
  ],
  [
    "hibernation",
    "possible",
    hibernates,
    "warn",
    /possible, to \/dev\/sda2/,
    /^systemctl mask hibernate\.target/,
  ],
  [
    "hibernation",
    "refused by the kernel",
    (seeded) => {
      hibernates(seeded);
      text("/sys/power/disk", "[disabled]\n")(seeded);
    },
    "ok",
    /does not offer/,
  ],
  [
    "hibernation",
    "masked",
    (seeded) => {
      hibernates(seeded);
      for (const name of ["hibernate", "hybrid-sleep", "suspend-then-hibernate"])
        seeded.machine.link(`/etc/systemd/system/${name}.target`, "/dev/null");
    },
    "ok",
    /masked/,
  ],
  [
    "memory-lock-limit",
    "64 KiB",
    text(`/proc/${PID}/limits`, limits(65_536)),
    "fail",
    /64 KiB/,
    /limits\.d\/sotto\.conf/,
  ],
  [
    "memory-lock-limit",
    "4 MiB",
    text(`/proc/${PID}/limits`, limits(4_194_304)),
    "warn",
    /4 MiB/,
    /root - memlock 8192/,
  ],
  [
    "memory-lock-limit",
    "64 KiB without a meaning",
    (seeded) => {
      text(`/proc/${PID}/limits`, limits(65_536))(seeded);
      text(`/proc/${PID}/status`, "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n")(seeded);
    },
    "ok",
    /CAP_IPC_LOCK/,
  ],
  [
    "secret-memory",
    "weak",
    (seeded) => seeded.tell({ memory: "weak" }),
    "fail",
    /cannot lock/,
    /ulimit -l 8192/,
  ],
  [
    "secret-memory",
    "locked, though the kernel has it",
    (seeded) => seeded.tell({ memory: "locked" }),
    "warn",
    /did not get it/,
    /SystemCallFilter/,
  ],
  [
    "secret-memory",
    "an old kernel",
    (seeded) => {
      seeded.tell({ memory: "locked" });
      seeded.machine.kernel = "5.10.0";
    },
    "warn",
    /5\.10\.0/,
    /upgrade/,
  ],
  [
    "secret-memory",
    "off by default before 6.5",
    (seeded) => {
      seeded.tell({ memory: "locked" });
      seeded.machine.kernel = "6.1.0";
    },
    "warn",
    /switched off/,
    /secretmem\.enable=1/,
  ],
  [
    "secret-memory",
    "switched off",
    (seeded) => {
      seeded.tell({ memory: "locked" });
      text("/proc/cmdline", "quiet secretmem.enable=0\n")(seeded);
    },
    "warn",
    /switched off/,
    /update-grub/,
  ],
];

describeChecks(MEMORY_CHECKS, rows);
