import { answer, answerBytes } from "../output/write.ts";
import { printableJson } from "./printable.ts";
import type { AuditLine } from "./read.ts";
import type { AuditRecord } from "./record.ts";
import { excerpt, placeOf, recordDocument, recordText, strayText } from "./text.ts";
import type { UserNames } from "./users.ts";

/** Where the lines of an audit go, one after the other. */
export interface Listing {
  record(line: AuditLine, record: AuditRecord): void;
  /** A line that is no record. */
  stray(line: AuditLine): void;
  end(): void;
}

const ENOUGH = 64 * 1024;

/** Gathers text, so that not every line is a call of the system. */
class Output {
  #text = "";

  write(text: string): void {
    this.#text += text;
    if (this.#text.length > ENOUGH) this.flush();
  }

  flush(): void {
    if (this.#text !== "") answerBytes(Buffer.from(this.#text));
    this.#text = "";
  }
}

/** A line a record. */
export function textListing(users: UserNames): Listing {
  const output = new Output();
  return {
    record: (_, record) => output.write(`${recordText(record, users)}\n`),
    stray: (line) => output.write(`${strayText(line)}\n`),
    end: () => output.flush(),
  };
}

/** One document: `records`, and `strays` for the lines that are none. Written as it goes: an audit may be large. */
export function jsonListing(users: UserNames): Listing {
  const output = new Output();
  const strays: object[] = [];
  let before = '{"records":[';
  return {
    record: (line, record) => {
      output.write(`${before}${printableJson(recordDocument(line, record, users))}`);
      before = ",";
    },
    stray: (line) => strays.push({ ...placeOf(line), text: excerpt(line) }),
    end: () => {
      output.flush();
      answer(`${before === "," ? "" : before}],"strays":${printableJson(strays)}}`);
    },
  };
}
