import { rfc3339 } from "../output/time.ts";
import type { Place } from "./place.ts";
import { placeText } from "./place.ts";
import { printableText, printableWord } from "./printable.ts";
import type { AuditLine } from "./read.ts";
import type { AuditRecord } from "./record.ts";
import type { UserNames } from "./users.ts";

const WHO_WIDTH = 16;
const WHAT_WIDTH = 28;
const LONGEST_EXCERPT = 160;

/** One record as one line: when, who, what, how it was decided, and with which program. Safe for a terminal. */
export function recordText(record: AuditRecord, users: UserNames): string {
  const what = [record.verb, ...(record.name === undefined ? [] : [printableWord(record.name)])].join(" ");
  return [
    rfc3339(record.time),
    whoText(record, users).padEnd(WHO_WIDTH),
    what.padEnd(WHAT_WIDTH),
    record.result,
    ...details(record, users),
  ]
    .join("  ")
    .trimEnd();
}

/** Such as `batch (1001)`, or `agent`. */
export const whoText = ({ peer, uid, sid }: AuditRecord, users: UserNames): string =>
  uid === undefined ? printableWord(peer ?? sid ?? "?") : users.who(uid);

function details(record: AuditRecord, users: UserNames): string[] {
  const { rule, admin, exe, unit, pid, session, uidNow, clockJumpMs, note, file } = record;
  const labelled: readonly (readonly [label: string, text: string | undefined])[] = [
    ["rule ", rule === undefined ? undefined : printableWord(rule)],
    ["", admin === true ? "as an administrator" : undefined],
    ["", exe === undefined ? undefined : printableWord(exe)],
    ["unit ", unit === undefined ? undefined : printableWord(unit)],
    ["pid ", pid?.toString()],
    ["session ", session?.toString()],
    ["now ", uidNow === undefined ? undefined : users.who(uidNow)],
    ["clock moved by ", clockJumpMs === undefined ? undefined : `${clockJumpMs} ms`],
    ["note: ", note === undefined ? undefined : printableText(note)],
    ["file ", file?.toString()],
  ];
  return labelled.flatMap(([label, text]) => (text === undefined ? [] : [`${label}${text}`]));
}

/** What to show of a line that is no record. */
export const strayText = (line: AuditLine): string =>
  `${placeText(placeOf(line))}: no record: ${excerpt(line)}`;

/** The beginning of a line that is no record. */
export function excerpt({ bytes }: AuditLine): string {
  const text = printableText(bytes.subarray(0, LONGEST_EXCERPT).toString());
  return bytes.length > LONGEST_EXCERPT ? `${text}...` : text;
}

/** Where a line stands. */
export const placeOf = ({ file, number }: AuditLine): Place => ({ file, line: number });

/** One record with every key that there may be, null for what it does not say; keys are never left out. */
export function recordDocument(line: AuditLine, record: AuditRecord, users: UserNames): object {
  const {
    peer,
    uid,
    gid,
    sid,
    session,
    pid,
    exe,
    unit,
    uidNow,
    verb,
    name,
    result,
    rule,
    admin,
    note,
    clockJumpMs,
  } = record;
  return {
    ...placeOf(line),
    time: new Date(record.time).toISOString(),
    peer: peer ?? null,
    uid: uid ?? null,
    user: (uid === undefined ? undefined : users.name(uid)) ?? null,
    gid: gid ?? null,
    ...(sid !== undefined && { sid, session: session ?? null }),
    pid: pid ?? null,
    exe: exe ?? null,
    unit: unit ?? null,
    uidNow: uidNow ?? null,
    verb,
    name: name ?? null,
    result,
    rule: rule ?? null,
    admin: admin ?? false,
    note: note ?? null,
    clockJumpMs: clockJumpMs ?? null,
  };
}
