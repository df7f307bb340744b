import { AGENT_WORD } from "../installation.ts";
import { splitNodeOptions } from "../launcher/node-options.ts";
import type { Machine } from "./machine.ts";

/** An agent as /proc shows it. */
export interface AgentProcess {
  readonly pid: number;
  /** Flags of node; undefined where they cannot be seen: a single program has them in its environment. */
  readonly flags: readonly string[] | undefined;
  readonly isSingleProgram: boolean;
  /** Options of the agent. */
  readonly options: readonly string[];
  readonly home: string | undefined;
  readonly socket: string | undefined;
}

const OPTIONS = "NODE_OPTIONS=";
const ENTRY = /\/agent\/dist\/agent\.mjs$/;

/** Reads a process's command line, which everybody may; undefined where it is no agent, or not to be seen. */
export function agentProcess(machine: Machine, pid: number): AgentProcess | undefined {
  const args = machine.read(`/proc/${pid}/cmdline`)?.split("\0").slice(0, -1) ?? [];
  const isSingleProgram = args[1] === AGENT_WORD;
  const at = isSingleProgram ? 1 : args.findIndex((arg) => ENTRY.test(arg));
  const before = args.slice(1, at);
  if (at < 1 || !before.every((arg) => arg.startsWith("-"))) return undefined;
  const options = args.slice(at + 1);
  const after = (name: string): string | undefined => {
    const found = options.indexOf(name);
    return found < 0 ? undefined : options[found + 1];
  };
  const flags = isSingleProgram ? flagsInEnvironment(machine, pid) : before;
  return { pid, flags, isSingleProgram, options, home: after("--home"), socket: after("--socket") };
}

function flagsInEnvironment(machine: Machine, pid: number): string[] | undefined {
  const variables = machine.read(`/proc/${pid}/environ`)?.split("\0");
  if (variables === undefined) return undefined;
  const given = variables.find((one) => one.startsWith(OPTIONS)) ?? OPTIONS;
  return splitNodeOptions(given.slice(OPTIONS.length));
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
