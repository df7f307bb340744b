import type { ErrorCode, Verb } from "@sotto/client/protocol";
import type { Peer, ProcessDescription } from "../platform/index.ts";

/** Who asked: credentials as the kernel took them at connect(), and what the process looked like. */
export type AuditPeer = Pick<Peer, "uid" | "gid" | "pid"> &
  Pick<ProcessDescription, "exe" | "unit"> & {
    readonly sid?: string | undefined;
    readonly session?: number | undefined;
    /** Its effective uid as of this record, where that is not the one that it connected with. */
    readonly uidNow?: number | undefined;
  };

/** One decision or change. Names are safe to print: the protocol refuses anything else. Never a value, nor a hash of one. */
export interface AuditRecord {
  readonly peer: AuditPeer | "agent";
  readonly verb: Verb | "start" | "connect" | "audit" | "checkpoint";
  /** `allowed`, or the code of the error that was answered. */
  readonly result: "allowed" | ErrorCode;
  /** The secret or selector that it is about. */
  readonly name?: string | undefined;
  /** The rule that allowed it, or that was made or revoked. */
  readonly rule?: string | undefined;
  /** Allowed for an administrator, not by a rule. */
  readonly admin?: boolean | undefined;
  /** Why, where the verb alone does not say. */
  readonly note?: string | undefined;
  /** Of the first line of a file: its number. */
  readonly file?: number;
  /** Of the first line of a file: the chain's head before it, as 64 hexadecimal digits. */
  readonly previous?: string;
  /** Of a checkpoint: the name of its key, and its code. */
  readonly key?: string;
  readonly mac?: string;
}

/** When a record was made. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** By how much the clock was set since the line before, where it was. */
  readonly clockJumpMs?: number | undefined;
}

/**
 * A record as JSON. JSON.stringify escapes C0 controls and quotes; what it leaves and a terminal or a log viewer might
 * obey is escaped too: C1 controls, the line separators of Unicode, and characters that turn the direction of text.
 */
export function encodeRecord(record: AuditRecord, moment: Moment): string {
  const { peer, verb, result, name, rule, admin, note, file, previous, key, mac } = record;
  const { clockJumpMs } = moment;
  const rest = { verb, result, name, rule, admin, note, file, previous, key, mac, clockJumpMs };
  return `{"time":"${rfc3339(moment.time)}",${entries(encodePeer(peer))},${entries(encode(rest))}}`;
}

const encode = (value: object): string => JSON.stringify(value).replace(OBEYED, escaped);
const entries = (json: string): string => json.slice(1, -1);

const encodedPeers = new WeakMap<AuditPeer, string>();

/** The peer of a connection is the same object from record to record, and encoded once. */
function encodePeer(peer: AuditRecord["peer"]): string {
  if (peer === "agent") return '{"peer":"agent"}';
  const known = encodedPeers.get(peer);
  if (known !== undefined) return known;
  const { uid, gid, sid, session, pid, exe, unit, uidNow } = peer;
  const account = sid === undefined ? { uid, gid } : { sid, session }; // a uid that stands for a SID means nothing later
  const encoded = encode({ ...account, pid, exe, unit, uidNow });
  encodedPeers.set(peer, encoded);
  return encoded;
}

let latest = { time: NaN, text: "" };

/** Many records fall into the same millisecond. */
function rfc3339(time: number): string {
  if (time !== latest.time) latest = { time, text: new Date(time).toISOString() };
  return latest.text;
}

const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
