import { SottoError } from "@sotto/client";
import { HOME } from "../fake-machine.test.helper.ts";
import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, inHome, text } from "../rows.test.helper.ts";
import { HOME_CHECKS } from "./home.ts";

const mounted =
  (type: string): Seed =>
  ({ machine }) =>
    void machine.mounts.push(`9 1 0:30 / ${HOME} rw - ${type} x rw`);

const rows: readonly Row[] = [
  ["home", "absent", ({ machine }) => machine.remove(HOME), "warn", /does not exist/, /^agent start/],
  [
    "home",
    "a link",
    (seeded) => seeded.machine.link(HOME, "/srv/sotto"),
    "fail",
    /symbolic link/,
    /--home \/srv\/sotto$/,
  ],
  ["home", "a file", ({ machine }) => machine.file(HOME), "fail", /not a folder/, /^mv /],
  [
    "home",
    "of another user than the agent",
    ({ machine }) => machine.change(HOME, { uid: 1001 }),
    "fail",
    /batch \(1001\), but the agent runs as root/,
    /^chown -R 0 \/var\/lib\/sotto$/,
  ],
  [
    "home",
    "of another user, nothing runs",
    (seeded) => {
      seeded.stopped(SottoError.because("absent"));
      seeded.ownedBy(1001);
    },
    "fail",
    /belongs to batch \(1001\): an agent that root/,
    /runuser -u batch/,
  ],
  [
    "home",
    "of the unit's user, nothing runs",
    (seeded) => {
      seeded.stopped(SottoError.because("absent"));
      seeded.ownedBy(990);
      text("/etc/systemd/system/sotto.service", "[Service]\nUser=sotto\n")(seeded);
    },
    "ok",
    /closed/,
  ],
  [
    "home",
    "open",
    ({ machine }) => machine.change(HOME, { mode: 0o755 }),
    "fail",
    /mode 0755/,
    /^chmod 700 \/var\/lib\/sotto$/,
  ],
  [
    "home-path",
    "a folder that all may write",
    ({ machine }) => machine.change("/var/lib", { mode: 0o777 }),
    "fail",
    /write in \/var\/lib /,
    /^chmod go-w \/var\/lib$/,
  ],
  [
    "home-path",
    "the same, sticky",
    ({ machine }) => machine.change("/var/lib", { mode: 0o1777 }),
    "ok",
    /nobody/,
  ],
  [
    "home-path",
    "a folder of another user",
    ({ machine }) => machine.change("/var/lib", { uid: 1001 }),
    "fail",
    /\/var\/lib belongs to batch/,
    /chown root: \/var\/lib$/,
  ],
  [
    "home-path",
    "a link of another user",
    ({ machine }) => machine.link("/var/lib", "/srv/lib", { uid: 1001 }),
    "fail",
    /belongs to batch/,
    /chown/,
  ],
  [
    "home-files",
    "an open log",
    ({ machine }) => machine.change(inHome("agent.log"), { mode: 0o644 }),
    "warn",
    /agent\.log has mode 0644/,
    /^chmod go= .*agent\.log$/,
  ],
  [
    "home-files",
    "of another user",
    ({ machine }) => machine.file(inHome("audit-000001.jsonl"), "", { uid: 1001 }),
    "warn",
    /belongs to batch/,
    /^chown 0 /,
  ],
  [
    "home-files",
    "a link",
    ({ machine }) => machine.link(inHome("x"), "/etc/shadow"),
    "warn",
    /symbolic link/,
    /^rm /,
  ],
  [
    "home-writable",
    "immutable",
    ({ machine }) => machine.readOnly.add(HOME),
    "fail",
    /no file can be made/,
    /chattr -i/,
  ],
  [
    "home-writable",
    "a read-only disk",
    ({ machine }) => {
      machine.readOnly.add(HOME);
      machine.mounts.push("9 1 0:30 / /var/lib ro - ext4 /dev/vdb rw");
    },
    "fail",
    /read-only/,
    /^mount -o remount,rw \/var\/lib$/,
  ],
  ["file-system", "tmpfs", mounted("tmpfs"), "warn", /lost at the next boot/, /^agent stop; mv .*local disk/],
  ["file-system", "nfs", mounted("nfs4"), "warn", /nfs4 .*not a local disk/, /^agent stop; mv .*local disk/],
  ["file-system", "vfat", mounted("vfat"), "fail", /no owners and modes/, /^agent stop; mv .*local disk/],
  [
    "file-system",
    "/tmp",
    (seeded) => (seeded.home = "/tmp/home"),
    "warn",
    /systemd-tmpfiles/,
    /^agent stop; mv .*local disk/,
  ],
];

describeChecks(HOME_CHECKS, rows);
