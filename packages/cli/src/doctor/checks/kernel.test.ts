import type { Row } from "../rows.test.helper.ts";
import { describeChecks, text } from "../rows.test.helper.ts";
import { KERNEL_CHECKS } from "./kernel.ts";

const rows: readonly Row[] = [
  [
    "kernel",
    "old",
    ({ machine }) => (machine.kernel = "6.1.0-40-amd64"),
    "warn",
    /6\.1\.0.*SO_PEERPIDFD/,
    /6\.5/,
  ],
  [
    "core-pattern",
    "a handler",
    text("/proc/sys/kernel/core_pattern", "|/usr/share/apport/apport %p\n"),
    "warn",
    /apport/,
    /^sysctl -w kernel\.core_pattern=core$/,
  ],
  [
    "core-pattern",
    "systemd-coredump",
    text("/proc/sys/kernel/core_pattern", "|/usr/lib/systemd/systemd-coredump %P\n"),
    "warn",
    /systemd-coredump/,
    /Storage=none/,
  ],
  [
    "core-pattern",
    "systemd-coredump that stores nothing",
    (seeded) => {
      text("/proc/sys/kernel/core_pattern", "|/usr/lib/systemd/systemd-coredump %P\n")(seeded);
      text("/etc/systemd/coredump.conf.d/sotto.conf", "[Coredump]\nStorage=none\n")(seeded);
    },
    "ok",
    /stores nothing/,
  ],
  [
    "ptrace-scope",
    "0",
    text("/proc/sys/kernel/yama/ptrace_scope", "0\n"),
    "warn",
    /ptrace_scope is 0/,
    /ptrace_scope=1 > \/etc\/sysctl\.d/,
  ],
  [
    "ptrace-scope",
    "no Yama",
    ({ machine }) => machine.remove("/proc/sys/kernel/yama"),
    "warn",
    /no Yama/,
    /users of their own/,
  ],
  [
    "proc-visible",
    "hidepid, agent of a user",
    (seeded) => {
      seeded.machine.mounts[1] = "2 1 0:21 / /proc rw,nosuid - proc proc rw,hidepid=invisible";
      seeded.ownedBy(990);
    },
    "warn",
    /hidepid=invisible/,
    /^mount -o remount,hidepid=0 \/proc/,
  ],
  [
    "proc-visible",
    "hidepid, agent of root",
    ({ machine }) => (machine.mounts[1] = "2 1 0:21 / /proc rw - proc proc rw,hidepid=2"),
    "ok",
    /root is not subject/,
  ],
];

describeChecks(KERNEL_CHECKS, rows);
