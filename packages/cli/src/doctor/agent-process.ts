import type { Machine } from "./machine.ts";

/** An agent as /proc shows it. */
export interface AgentProcess {
  readonly pid: number;
  /** Flags of node. */
  readonly flags: readonly string[];
  /** Options of the agent. */
  readonly options: readonly string[];
  readonly home: string | undefined;
  readonly socket: string | undefined;
}

const ENTRY = /\/agent\/dist\/main\.js$/;

/** Reads a process's command line, which everybody may; undefined where it is no agent, or not to be seen. */
export function agentProcess(machine: Machine, pid: number): AgentProcess | undefined {
  const args = machine.read(`/proc/${pid}/cmdline`)?.split("\0").slice(0, -1) ?? [];
  const at = args.findIndex((arg) => ENTRY.test(arg));
  if (at < 1 || !args.slice(1, at).every((arg) => arg.startsWith("-"))) return undefined;
  const options = args.slice(at + 1);
  const after = (name: string): string | undefined => {
    const found = options.indexOf(name);
    return found < 0 ? undefined : options[found + 1];
  };
  return { pid, flags: args.slice(1, at), options, home: after("--home"), socket: after("--socket") };
}

/** All agents of this machine that can be seen. */
export const allAgents = (machine: Machine): AgentProcess[] =>
  (machine.list("/proc") ?? [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => agentProcess(machine, Number(name)) ?? []);

/** proc_pid_status(5): real, effective, saved, file system. */
export function effectiveUid(machine: Machine, pid: number): number | undefined {
  const uid = /^Uid:\t\d+\t(\d+)\t/m.exec(machine.read(`/proc/${pid}/status`) ?? "")?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** The soft limit of a process by its name in proc_pid_limits(5); undefined where it cannot be read. */
export function limitOf(machine: Machine, pid: number | "self", name: string): number | undefined {
  const text = machine.read(`/proc/${pid}/limits`) ?? "";
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  const soft = line?.slice(name.length).trim().split(/\s+/)[0];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? Infinity : Number(soft);
}

const CAP_IPC_LOCK = 14n; // capabilities(7)

/** Whether the limit on locked memory means nothing to a process. */
export function locksWithoutLimit(machine: Machine, pid: number | "self"): boolean {
  const mask = /^CapEff:\t([0-9a-f]+)$/m.exec(machine.read(`/proc/${pid}/status`) ?? "")?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> CAP_IPC_LOCK) & 1n) === 1n;
}
