import { createHash } from "node:crypto";
import { MAX_LINE_BYTES } from "./lines.ts";
import type { AuditLine } from "./read.ts";
import type { AuditRecord } from "./record.ts";

/** What is wrong with a line, or with what should be there. */
export const FAULTS = [
  "no-record",
  "changed",
  "inserted",
  "reordered",
  "broken",
  "cut",
  "missing-file",
  "no-beginning",
  "checkpoint",
  "checkpoint-key",
  "not-as-left",
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** The head before the first line of the first file: 32 zero bytes. */
export const NO_HEAD = Buffer.alloc(32);

const SUFFIX = /^,"chain":"([0-9a-f]{64})"\}$/;
const SUFFIX_BYTES = 76;

/** The part of a line that is hashed, and the chain that it claims. */
interface Link {
  readonly body: Buffer;
  readonly claimed: Buffer;
}

/** undefined where the line does not end in a chain. */
export function linkOf(line: Buffer): Link | undefined {
  const at = line.length - SUFFIX_BYTES;
  const digits = at < 0 ? undefined : SUFFIX.exec(line.toString("latin1", at))?.[1];
  return digits === undefined
    ? undefined
    : { body: line.subarray(0, at), claimed: Buffer.from(digits, "hex") };
}

/** chain = SHA-256(the chain before, as 32 bytes || the line up to its own chain). */
export const chainAfter = (head: Buffer, body: Buffer): Buffer =>
  createHash("sha256").update(head).update(body).digest();

/** True where the line comes right after this head. */
export const follows = (head: Buffer, link: Link): boolean =>
  chainAfter(head, link.body).equals(link.claimed);

/** Follows the chain through all lines of all files, in order. After a fault it goes on from what the line claims. */
export class Chain {
  /** The chain after the last line. */
  head: Buffer = NO_HEAD;
  /** The number of the file that comes next. */
  nextFile = 1;
  /** The number of the first file that is there, and of the last one that the agent itself says it removed. */
  #begins = 1;
  #removed = 0;

  /** The number of a file that is missing before the first one; undefined when the agent says that it removed them. */
  get missing(): number | undefined {
    return this.#begins - 1 > this.#removed ? this.#begins - 1 : undefined;
  }

  /** What is wrong with the next line, by itself and as the follower of the one before. */
  check(line: AuditLine): FaultKind | undefined {
    if (line.number === 1 && this.nextFile === 1) this.#beginAt(line);
    const before = this.head;
    const link = linkOf(line.bytes);
    if (link !== undefined) this.head = link.claimed;
    this.#removed = Math.max(this.#removed, removedFile(line.record));
    if (line.number === 1) return this.#checkFirst(line, link, before);
    if (!line.whole) return partKind(line);
    if (line.record === undefined || link === undefined) return "no-record";
    return follows(before, link) ? undefined : "broken";
  }

  /** With `auditKeep` the agent removes old files: the chain then begins at what the first one left says came before. */
  #beginAt({ fileNumber, record }: AuditLine): void {
    const previous = record && previousOf(record);
    if (fileNumber === undefined || previous === undefined) return;
    this.#begins = this.nextFile = fileNumber;
    if (fileNumber > 1) this.head = previous;
  }

  #checkFirst(line: AuditLine, link: Link | undefined, before: Buffer): FaultKind | undefined {
    const expected = this.nextFile;
    const number = line.fileNumber ?? line.record?.file ?? expected;
    this.nextFile = number + 1;
    if (number > expected) return "missing-file";
    if (!line.whole) return partKind(line);
    if (line.record === undefined || link === undefined) return "no-record";
    const previous = previousOf(line.record);
    if (previous === undefined || line.record.file !== expected) return "no-beginning";
    if (!follows(previous, link)) return "changed";
    return previous.equals(before) ? undefined : "cut";
  }
}

const partKind = ({ bytes }: AuditLine): FaultKind => (bytes.length > MAX_LINE_BYTES ? "no-record" : "cut");

/** What the first line of a file says about the end of the one before. */
function previousOf({ verb, previous }: AuditRecord): Buffer | undefined {
  return verb === "audit" && previous !== undefined ? Buffer.from(previous, "hex") : undefined;
}

/** The number in the agent's own note that it removed a file; 0 in any other record. */
function removedFile(record: AuditRecord | undefined): number {
  if (record?.peer !== "agent" || record.verb !== "audit") return 0;
  return Number(/^file ([0-9]+) was removed$/.exec(record.note ?? "")?.[1] ?? 0);
}
