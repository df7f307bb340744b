import { auditFiles, hasAudit } from "./files.ts";
import { linesOf } from "./lines.ts";
import type { AuditRecord } from "./record.ts";
import { parseRecord } from "./record.ts";
import { noAudit } from "./unreadable.ts";

/** One line of one file of the audit. */
export interface AuditLine {
  readonly file: string;
  /** The number of a rotated file, as its name says. */
  readonly fileNumber: number | undefined;
  /** Of the line, from 1. */
  readonly number: number;
  /** Without the newline; of a line that is too long, the beginning. */
  readonly bytes: Buffer;
  /** It ends in a newline, and is not too long. */
  readonly whole: boolean;
  /** undefined for what is no record. */
  readonly record: AuditRecord | undefined;
}

/** A file that should be there and is not, or is empty. */
export interface AbsentFile {
  readonly file: string;
  readonly fileNumber: number | undefined;
  readonly absent: true;
}

/** Every line of the audit of a home, oldest first; nothing is left out. Fails where there is none or it cannot be read. */
export function* readAudit(home: string): Generator<AuditLine | AbsentFile, void, void> {
  if (!hasAudit(home)) throw noAudit(home);
  for (const { name, number: fileNumber, fd } of auditFiles(home)) {
    let number = 0;
    for (const { bytes, whole } of fd === undefined ? [] : linesOf(fd)) {
      number++;
      yield { file: name, fileNumber, number, bytes, whole, record: whole ? parseRecord(bytes) : undefined };
    }
    if (number === 0) yield { file: name, fileNumber, absent: true };
  }
}
