import { commandLine, HOME, limits, PID, SOCKET } from "../fake-machine.test.helper.ts";
import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, text } from "../rows.test.helper.ts";
import { PROCESS_CHECKS } from "./process.ts";

const started = (flags: readonly string[] | undefined, options?: readonly string[]): Seed =>
  text(`/proc/${PID}/cmdline`, commandLine(flags, options));

/** Flags of a single program stand in its environment. */
const single =
  (flags: string): Seed =>
  (seeded) => {
    text(
      `/proc/${PID}/cmdline`,
      `/opt/sotto-agent\0run-agent\0--home\0${HOME}\0--socket\0${SOCKET}\0`,
    )(seeded);
    text(`/proc/${PID}/environ`, `LANG=C\0NODE_OPTIONS=${flags}\0`)(seeded);
  };

const rows: readonly Row[] = [
  ["agent-flags", "a single program", single('--permission "--allow-fs-write=/a b/*"'), "ok", /is on/],
  [
    "agent-flags",
    "a single program without",
    single("--no-warnings"),
    "fail",
    /without node's/,
    /agent start/,
  ],
  ["agent-flags", "a single program that loads", single("--permission -r/x"), "fail", /-r\/x/, /agent start/],
  ["agent-environment", "a single program", single("--permission"), "ok", /nothing/],
  [
    "agent-hardened",
    "--unhardened",
    started(undefined, ["--unhardened"]),
    "fail",
    /--unhardened/,
    /^agent stop; agent start/,
  ],
  [
    "agent-flags",
    "no permission model",
    started(["--no-warnings"]),
    "fail",
    /without node's permission model/,
    /agent start/,
  ],
  ["agent-flags", "an inspector", started(["--permission", "--inspect"]), "fail", /--inspect/, /agent start/],
  [
    "agent-flags",
    "child processes",
    started(["--permission", "--allow-child-process"]),
    "fail",
    /--allow-child-process/,
    /agent start/,
  ],
  [
    "agent-flags",
    "everything writable",
    started(["--permission", "--allow-fs-write=*"]),
    "fail",
    /--allow-fs-write=\*/,
    /agent start/,
  ],
  [
    "agent-dumpable",
    "dumpable",
    (seeded) => {
      seeded.ownedBy(1001);
      seeded.machine.change(`/proc/${PID}/fd`, { uid: 1001 });
    },
    "fail",
    /dumpable: every process of batch/,
    /agent start/,
  ],
  ["agent-dumpable", "not dumpable", (seeded) => seeded.ownedBy(1001), "ok", /cannot read its memory/],
  [
    "agent-core",
    "allowed",
    text(`/proc/${PID}/limits`, limits(8 * 1024 * 1024, 4096)),
    "fail",
    /may leave a core/,
    /^prlimit --pid 4242 --core=0;/,
  ],
  [
    "agent-folder",
    "elsewhere",
    ({ machine }) => machine.link(`/proc/${PID}/cwd`, "/mnt/usb"),
    "warn",
    /\/mnt\/usb/,
    /agent start/,
  ],
  [
    "agent-environment",
    "NODE_OPTIONS",
    text(`/proc/${PID}/environ`, "LANG=C\0NODE_OPTIONS=--x\0"),
    "fail",
    /runs with NODE_OPTIONS,/,
    /agent start/,
  ],
  [
    "agent-network",
    "a debugger's port",
    text(`/proc/${PID}/net/tcp`, "  sl\n   0: 0100007F:240D 00000000:0000 0A 0:0 00:0 0 0 0 777 1\n"),
    "fail",
    /TCP port 9229/,
    /agent start/,
  ],
  [
    "agent-network",
    "a port of somebody else",
    text(`/proc/${PID}/net/tcp`, "  sl\n   0: 0100007F:240D 00000000:0000 0A 0:0 00:0 0 0 0 778 1\n"),
    "ok",
    /no port/,
  ],
  [
    "agent-node",
    "replaced",
    ({ machine }) => machine.link(`/proc/${PID}/exe`, "/usr/bin/node (deleted)"),
    "warn",
    /was replaced/,
    /agent start/,
  ],
];

describeChecks(PROCESS_CHECKS, rows);
