import { dirname, join, relative, sep } from "node:path";
import { AGENT_WORD, agentEntry, isSingleProgram } from "../installation.ts";
import { nodeOptions } from "./node-options.ts";

/** What the agent is told when it starts. */
export interface AgentSettings {
  readonly foreground?: boolean;
  /** Milliseconds. */
  readonly lockAfter?: number;
  /** Milliseconds. */
  readonly ticket?: number;
  readonly adminGid?: number | undefined;
  readonly requireLockedMemory?: boolean;
}

export interface Places {
  readonly home: string;
  readonly socket: string;
}

/** Arguments for the agent: node's own flags, the entry of the agent, and the agent's options. */
export function agentArguments(places: Places, settings: AgentSettings): string[] {
  return [...agentStart(nodeFlags(places)).words, ...agentOptions(places, settings)];
}

/** What stands before the agent's options, and in its environment. */
export interface AgentStart {
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * A single program takes flags of node from its environment alone; on its command line whoever may add an argument could
 * load code into it. The agent looks at them as at those of a command line (hardening.ts).
 */
export function agentStart(flags: readonly string[]): AgentStart {
  if (isSingleProgram) return { words: [AGENT_WORD], variables: { NODE_OPTIONS: nodeOptions(flags) } };
  return { words: [...flags, ...agentEntry()], variables: {} };
}

const knows = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);

/** In MiB. An agent that waits most of its time need not let garbage pile up: a quarter less memory, and no slower. */
const YOUNG_GENERATION = "--max-semi-space-size=2";

/**
 * Flags of node that keep the agent from starting processes and from writing outside of its folders, and that keep
 * a SIGUSR1 in its first milliseconds from opening a debugger (the permission model alone does that on Node 20).
 */
export function nodeFlags(places: Places, knowsFlag: (flag: string) => boolean = knows): string[] {
  return [
    knowsFlag("--permission") ? "--permission" : "--experimental-permission",
    ...(knowsFlag("--disable-sigusr1") ? ["--disable-sigusr1"] : []),
    ...(knowsFlag("--allow-net") ? ["--allow-net"] : []), // Unix sockets count as network there
    "--allow-addons",
    "--allow-fs-read=*",
    ...writableFolders(places).map((folder) => `--allow-fs-write=${join(folder, "*")}`),
    "--no-warnings",
    YOUNG_GENERATION,
  ];
}

/** Named pipes lie in no folder. */
const PIPE = /^\\\\[.?]\\pipe\\/i;

/** Node 20 crashes when one of two permitted paths lies within the other. */
function writableFolders({ home, socket }: Places): string[] {
  const beside = dirname(socket);
  if (PIPE.test(socket) || isWithin(beside, home)) return [home];
  return isWithin(home, beside) ? [beside] : [home, beside];
}

const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`));
};

function agentOptions({ home, socket }: Places, settings: AgentSettings): string[] {
  const { lockAfter, ticket, adminGid } = settings;
  const numbers = { "--lock-after-ms": lockAfter, "--ticket-ms": ticket, "--admin-group": adminGid };
  return [
    ...["--home", home, "--socket", socket],
    ...(settings.foreground === true ? ["--foreground"] : []),
    ...Object.entries(numbers).flatMap(([option, value]) =>
      value === undefined ? [] : [option, String(value)],
    ),
    ...(settings.requireLockedMemory === true ? ["--require-locked-memory"] : []),
  ];
}
