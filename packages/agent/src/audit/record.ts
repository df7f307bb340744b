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
  return `{"time":"${rfc3339(moment.time)}",${entries(encodedPeer(peer))},${entries(encode(rest))}}`;
}

function encode(value: object): string {
  const json = JSON.stringify(value);
  return json.search(OBEYED) < 0 ? json : json.replace(OBEYED, escaped);
}

const entries = (json: string): string => json.slice(1, -1);

let latestPeer: { readonly peer?: AuditRecord["peer"]; readonly text: string } = { text: "" };

/** Many records in a row are of one connection, whose peer is the same object. */
function encodedPeer(peer: AuditRecord["peer"]): string {
  if (peer !== latestPeer.peer)
    latestPeer = { peer, text: encode(peer === "agent" ? { peer } : entriesOf(peer)) };
  return latestPeer.text;
}

/** A uid that stands for a SID means nothing later. */
const entriesOf = ({ uid, gid, sid, session, pid, exe, unit, uidNow }: AuditPeer): object =>
  sid === undefined ? { uid, gid, pid, exe, unit, uidNow } : { sid, session, pid, exe, unit, uidNow };

let latestTime = { time: NaN, text: "" };

/** Many records fall into the same millisecond. */
function rfc3339(time: number): string {
  if (time !== latestTime.time) latestTime = { time, text: new Date(time).toISOString() };
  return latestTime.text;
}

const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
