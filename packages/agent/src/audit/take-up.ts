import { closeSync } from "node:fs";
import { AuditFile } from "./audit-file.ts";
import { NO_HEAD } from "./chain.ts";
import type { FileEnd } from "./file-ends.ts";
import { endOf, look, numberOf } from "./file-ends.ts";
import { highestNumber, rotatedNumbers, rotatedPath, setAside } from "./file-names.ts";
import { NOT_CONTINUED, TORN } from "./notes.ts";

/** Where an agent that starts goes on. */
export interface Start {
  /** Where the chain stands. */
  readonly head: Buffer;
  /** The file that the last agent left; without one a new file begins. */
  readonly present?: {
    readonly file: AuditFile;
    readonly number: number;
    /** Closes the last line, where it has no newline. */
    readonly prefix: string;
  };
  /** What the first line has to say. */
  readonly note?: string;
}

/**
 * Takes the chain up from the last line. A line that a crash of the machine has torn stays, is closed with a newline in
 * the same write as the next line, and that line says so (`TORN`); the chain goes on from the last whole line. A file
 * that ends in anything else, or begins with no first line, is set aside, and a new one says so (`NOT_CONTINUED`).
 * Throws an `AuditFileError` where the path names something that cannot be written to.
 */
export function takeUp(path: string): Start {
  const file = AuditFile.open(path);
  const end = endOf(file.fd);
  const number = numberOf(file.fd);
  if (end !== undefined && number !== undefined) {
    const present = { file, number, prefix: end.closed ? "" : "\n" };
    return { head: end.head, present, ...(end.torn && { note: TORN }) };
  }
  closeSync(file.fd);
  if (file.size > 0) setAside(path, highestNumber(path) + 1);
  return fromRotated(path);
}

/** The chain goes on from the newest of the rotated files that it can go on from. */
function fromRotated(path: string): Start {
  const ends = rotatedNumbers(path)
    .reverse()
    .map((number) => (): FileEnd | undefined => look(rotatedPath(path, number), endOf));
  for (const [index, end] of ends.entries()) {
    const head = end()?.head;
    if (head) return { head, ...(index > 0 && { note: NOT_CONTINUED }) };
  }
  return { head: NO_HEAD, ...(ends.length > 0 && { note: NOT_CONTINUED }) };
}
