import { effectiveUid } from "../agent-process.ts";
import type { Check, Verdict } from "../check.ts";
import { ok, warn } from "../check.ts";
import { mountOf } from "../mounts.ts";
import { printable } from "@sotto/client/protocol";
import type { Situation } from "../situation.ts";

/** core(5). The agent is not dumpable and has a limit of 0, so that neither a file nor a handler gets anything of it. */
function corePattern({ machine }: Situation): Verdict {
  const pattern = machine.read("/proc/sys/kernel/core_pattern")?.trim();
  if (pattern === undefined) return "unseen";
  const handler = /^\|\s*(\S+)/.exec(pattern)?.[1];
  if (handler === undefined) return ok("the agent leaves no core, a job only where its own limit allows one");
  if (/\/(?:false|true)$/.test(handler)) return ok("cores are thrown away");
  const found = `the agent leaves no core, but one of a crashed job, with its secret, goes to ${printable(handler)}`;
  if (!handler.endsWith("/systemd-coredump")) return warn(found, "sysctl -w kernel.core_pattern=core");
  if (storesNothing(machine.read("/etc/systemd/coredump.conf"))) return ok("systemd-coredump stores nothing");
  const folder = "/etc/systemd/coredump.conf.d";
  if ((machine.list(folder) ?? []).some((name) => storesNothing(machine.read(`${folder}/${name}`))))
    return ok("systemd-coredump stores nothing");
  return warn(found, `mkdir -p ${folder}; printf '[Coredump]\\nStorage=none\\n' > ${folder}/sotto.conf`);
}

const storesNothing = (text: string | undefined): boolean => /^\s*Storage\s*=\s*none\s*$/m.test(text ?? "");

function ptraceScope({ machine }: Situation): Verdict {
  const scope = machine.read("/proc/sys/kernel/yama/ptrace_scope")?.trim();
  if (scope !== undefined && scope !== "0") return ok(`kernel.yama.ptrace_scope is ${scope}`);
  const why = "the agent cannot be traced, but a job's memory can be read by every process of the same user";
  if (scope === undefined)
    return warn(
      `this kernel has no Yama: ${why}`,
      "give jobs that must not share secrets users of their own",
    );
  return warn(
    `kernel.yama.ptrace_scope is 0: ${why}`,
    "echo kernel.yama.ptrace_scope=1 > /etc/sysctl.d/60-ptrace.conf; sysctl --system",
  );
}

/** SO_PEERPIDFD of socket(7) holds on to the very process that connected. */
function kernel({ machine }: Situation): Verdict {
  const [major = 0, minor = 0] = machine.kernel.split(".").map(Number);
  const found = `Linux ${machine.kernel}`;
  if (major * 1000 + minor >= 6005) return ok(found);
  return warn(
    `${found}: without SO_PEERPIDFD the agent tells processes apart by their start time alone`,
    "upgrade the kernel to 6.5 or later",
  );
}

/** proc(5): with hidepid another user's processes are not there for an agent that is not root. */
function procVisible(situation: Situation): Verdict {
  const { machine, process, owner } = situation;
  const uid = process === undefined ? owner : effectiveUid(machine, process.pid);
  const options = mountOf(machine, "/proc")?.options ?? [];
  const hiding = options.find((option) => /^hidepid=(?!0$|off$)/.test(option));
  if (hiding === undefined) return ok("every process can be seen");
  if (uid === 0) return ok(`${hiding}, which root is not subject to`);
  return warn(
    `/proc is mounted with ${hiding}: the agent cannot see jobs of other users, so rules for units or programs fail`,
    "mount -o remount,hidepid=0 /proc; or run the agent as root",
  );
}

/** The kernel's part. */
export const KERNEL_CHECKS: readonly Check[] = [
  { name: "kernel", judge: kernel },
  { name: "core-pattern", judge: corePattern },
  { name: "ptrace-scope", judge: ptraceScope },
  { name: "proc-visible", judge: procVisible },
];
