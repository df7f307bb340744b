import type { AgentProcess } from "../agent-process.ts";
import { effectiveUid, limitOf } from "../agent-process.ts";
import { restart } from "../commands.ts";
import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import type { Machine } from "../machine.ts";
import { linesOf } from "../machine.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";

/** What `agent start` gives, and nothing that would open the process again. */
const EXPECTED =
  /^--(?:experimental-permission|permission|disable-sigusr1|allow-(?:addons|net|fs-read=.*|fs-write=\/.+\/\*)|no-warnings|max-semi-space-size=\d+)$/;

/** A check of the live process: does not arise without one. */
type Look = (machine: Machine, agent: AgentProcess, again: string) => Verdict;
const live =
  (look: Look): Check["judge"] =>
  (situation: Situation) =>
    situation.process === undefined
      ? undefined
      : look(situation.machine, situation.process, restart(situation));

const hardened = live((_, { options, pid }, again) =>
  options.includes("--unhardened")
    ? fail(`process ${pid} was started with --unhardened: a debugger can reach it`, again)
    : ok("started hardened"),
);

const flags = live((_, { flags: given, pid }, again) => {
  if (given === undefined) return "unseen";
  if (!given.includes("--permission") && !given.includes("--experimental-permission"))
    return fail(`process ${pid} runs without node's permission model: a signal may open a debugger`, again);
  const odd = given.find((flag) => !EXPECTED.test(flag));
  if (odd === undefined) return ok("node's permission model is on");
  return fail(`process ${pid} runs with ${quote(odd)}, which agent start does not give`, again);
});

/** The files below /proc/PID belong to root where a process is not dumpable (proc(5)); of root's own that tells nothing. */
const dumpable = live((machine, { pid }, again) => {
  const owner = effectiveUid(machine, pid);
  const entry = machine.lstat(`/proc/${pid}/fd`);
  if (owner === undefined || typeof entry !== "object") return "unseen";
  if (owner === 0) return ok("runs as root: only root could trace it");
  if (entry.uid === 0) return ok("not dumpable: processes of its own user cannot read its memory");
  return fail(
    `process ${pid} is dumpable: every process of ${machine.who(owner)} can read its memory`,
    again,
  );
});

const core = live((machine, { pid }, again) => {
  const limit = limitOf(machine, pid, "Max core file size");
  if (limit === undefined) return "unseen";
  if (limit === 0) return ok("the limit for cores is 0");
  return fail(
    `process ${pid} may leave a core with all that it knows`,
    `prlimit --pid ${pid} --core=0; ${again}`,
  );
});

const folder = live((machine, { pid }, again) => {
  const path = machine.readLink(`/proc/${pid}/cwd`);
  if (path === undefined) return "unseen";
  if (path === "/") return ok("holds on to no file system");
  return warn(`process ${pid} runs in ${quote(path)}, which cannot be unmounted meanwhile`, again);
});

const LOADING = /^(?:NODE_(?:OPTIONS|PATH|REPL_EXTERNAL_MODULE|EXTRA_CA_CERTS)|LD_[A-Z_]+|UV_USE_IO_URING)=/;

const environment = live((machine, { pid, isSingleProgram }, again) => {
  const text = machine.read(`/proc/${pid}/environ`);
  if (text === undefined) return "unseen";
  const isFlags = (one: string): boolean => isSingleProgram && one.startsWith("NODE_OPTIONS="); // judged above
  const found = text.split("\0").find((one) => LOADING.test(one) && !isFlags(one));
  if (found === undefined) return ok("nothing in it that loads code");
  return fail(`process ${pid} runs with ${found.split("=", 1)[0] ?? ""}, which can load code into it`, again);
});

const LISTENING = "0A";

/** proc_pid_net(5): address and port in hexadecimal, the state as a number, the inode as the tenth field. */
const network = live((machine, { pid }, again) => {
  const folderOfFds = `/proc/${pid}/fd`;
  const links = machine.list(folderOfFds)?.map((fd) => machine.readLink(`${folderOfFds}/${fd}`));
  if (links === undefined) return "unseen";
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? "")?.[1] ?? []));
  const open = ["tcp", "tcp6"]
    .flatMap((table) => linesOf(machine, `/proc/${pid}/net/${table}`).slice(1))
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[3] === LISTENING && own.has(fields[9] ?? ""));
  if (open === undefined) return ok("it listens on no port");
  const port = parseInt(open[1]?.split(":")[1] ?? "0", 16);
  return fail(
    `process ${pid} listens on TCP port ${port}, as a debugger does: whoever connects can read its memory`,
    again,
  );
});

const replaced = live((machine, { pid }, again) => {
  const path = machine.readLink(`/proc/${pid}/exe`);
  if (path === undefined) return "unseen";
  if (!path.endsWith(" (deleted)")) return ok(`runs ${quote(path)}`);
  return warn(`node was replaced since the start: process ${pid} still runs the old one`, again);
});

/** The live process; some of it only root can see. */
export const PROCESS_CHECKS: readonly Check[] = [
  { name: "agent-hardened", judge: hardened },
  { name: "agent-flags", judge: flags },
  { name: "agent-dumpable", judge: dumpable },
  { name: "agent-core", judge: core },
  { name: "agent-folder", judge: folder },
  { name: "agent-environment", judge: environment },
  { name: "agent-network", judge: network },
  { name: "agent-node", judge: replaced },
];
