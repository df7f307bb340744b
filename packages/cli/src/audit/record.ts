import { isSha256, isSid } from "@sotto/client/protocol";

/** One record of the audit, its types checked. What it says is not yet to be trusted: see `Chain`. */
export interface AuditRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `agent`: what the agent did itself, without a peer. */
  readonly peer?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** On Windows, instead of uid and gid, with the session of the desktop. */
  readonly sid?: string;
  readonly session?: number;
  readonly pid?: number;
  /** Any text at all: never to a terminal or a page as it is. */
  readonly exe?: string;
  readonly unit?: string;
  /** The uid at the time of the request, where it is not that of the connection any more. */
  readonly uidNow?: number;
  readonly verb: string;
  /** `allowed`, or the code of an error. */
  readonly result: string;
  /** The secret or selector that it is about. */
  readonly name?: string;
  readonly rule?: string;
  /** Allowed for an administrator, not by a rule. */
  readonly admin?: boolean;
  readonly note?: string;
  /** How far the wall clock had been moved. */
  readonly clockJumpMs?: number;
  /** In the first line of a file: the number that it has, or will get when it is rotated. */
  readonly file?: number;
  /** In the first line of a file: the head of the chain before it, 64 hexadecimal digits. */
  readonly previous?: string;
  /** In a checkpoint: which key made it, and its code over the head before it, in hexadecimal digits. */
  readonly key?: string;
  readonly mac?: string;
}

type Kind = "text" | "number" | "flag" | "digest" | "word" | "sid";

const OPTIONAL: Readonly<Record<string, Kind>> = {
  peer: "word",
  uid: "number",
  gid: "number",
  sid: "sid",
  session: "number",
  pid: "number",
  exe: "text",
  unit: "text",
  uidNow: "number",
  name: "text",
  rule: "text",
  admin: "flag",
  note: "text",
  clockJumpMs: "number",
  file: "number",
  previous: "digest",
  key: "word",
  mac: "digest",
};

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => Number.isSafeInteger(value),
  flag: (value) => typeof value === "boolean",
  digest: (value) => typeof value === "string" && isSha256(value),
  sid: (value) => typeof value === "string" && isSid(value),
  word: (value) => typeof value === "string" && /^[0-9a-z-]{1,64}$/.test(value),
};

/** The record of a line without its newline; undefined for what is none. */
export function parseRecord(line: Buffer): AuditRecord | undefined {
  const fields = parseObject(line);
  if (fields === undefined) return undefined;
  const time = timeOf(fields["time"]);
  if (time === undefined || !IS.word(fields["verb"]) || !IS.word(fields["result"])) return undefined;
  if ([fields["peer"], fields["uid"], fields["sid"]].every((who) => who === undefined)) return undefined;
  const record: Record<string, unknown> = { time, verb: fields["verb"], result: fields["result"] };
  for (const [key, kind] of Object.entries(OPTIONAL)) {
    const value = fields[key];
    if (value === undefined) continue;
    if (!IS[kind](value)) return undefined;
    record[key] = value;
  }
  return isRecord(record) ? record : undefined;
}

/** Only the very spelling that the agent writes, UTC with milliseconds. */
function timeOf(text: unknown): number | undefined {
  const time = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(time) || new Date(time).toISOString() !== text ? undefined : time;
}

function parseObject(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every field was judged one by one; this tells the compiler. */
function isRecord(fields: object): fields is AuditRecord {
  return "time" in fields && "verb" in fields && "result" in fields;
}
