import { join } from "node:path";
import type { SottoError } from "@sotto/client";
import type { StatusReply } from "@sotto/client/protocol";
import type { AgentProcess } from "./agent-process.ts";
import { agentProcess, allAgents, effectiveUid } from "./agent-process.ts";
import type { Machine } from "./machine.ts";

/** What the agent said when it was asked for its state, or why it did not. */
export type AgentAnswer =
  | { readonly status: StatusReply; readonly error?: undefined }
  | { readonly status?: undefined; readonly error: SottoError };

/** What the command knows before the first check. */
export interface Known {
  readonly machine: Machine;
  readonly home: string;
  /** undefined: no socket can have that path. */
  readonly socket: string | undefined;
  /** The machine's agent, which this user does not run but only asks. */
  readonly foreign: boolean;
  readonly agent: AgentAnswer;
  /** What was chosen on the command line, as it stands in the commands of a remedy, such as ` --home /srv/agent`; else empty. */
  readonly options: string;
  /** Of this command. */
  readonly version: string;
  /** As in a manifest, such as `>=20.19`. */
  readonly neededNode: string;
  /** Paths of node and of this command. */
  readonly program: readonly string[];
}

/** All that a check may look at. */
export interface Situation extends Known {
  /** The process that answers at the socket, or was started for it; undefined where none can be seen from here. */
  readonly process: AgentProcess | undefined;
  /** The uid that the agent of this home has, or would have. */
  readonly owner: number;
}

export function situationOf(known: Known): Situation {
  const process = processOf(known);
  return { ...known, process, owner: ownerOf(known, process) };
}

/** Root is not answered by another user's agent, since a client does not trust it, but can look at it. */
function processOf({ machine, agent, socket }: Known): AgentProcess | undefined {
  if (agent.status !== undefined) return agentProcess(machine, agent.status.pid);
  if (agent.error.code !== "untrusted") return undefined;
  return allAgents(machine).find((one) => one.socket === socket);
}

/** What an agent has written lies with its user's uid, whoever may have changed one of them. */
const WRITTEN = ["vault", "audit.jsonl", "last-seen"];

/** Root may look after a home that another user's agent has, when what lies in it says so too. */
function ownerOf({ machine, home, foreign }: Known, process: AgentProcess | undefined): number {
  const itsOwn = process?.home === undefined || process.home === home; // else it says nothing about this home
  const running = process && itsOwn ? effectiveUid(machine, process.pid) : undefined;
  if (running !== undefined) return running;
  const entry = machine.lstat(home);
  if (typeof entry !== "object" || (machine.uid !== 0 && !foreign)) return machine.uid;
  const agree = WRITTEN.map((name) => machine.lstat(join(home, name))).every(
    (file) => typeof file !== "object" || file.uid === entry.uid,
  );
  return agree ? entry.uid : machine.uid;
}
