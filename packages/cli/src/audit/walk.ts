import type { FaultKind } from "./chain.ts";
import { Chain, follows, linkOf } from "./chain.ts";
import type { Head } from "./diagnose.ts";
import { diagnose } from "./diagnose.ts";
import { fileName } from "./files.ts";
import type { Place } from "./place.ts";
import type { AuditLine } from "./read.ts";
import { readAudit } from "./read.ts";
import type { AuditRecord } from "./record.ts";

/** The first thing that is wrong with an audit. */
export interface Fault extends Place {
  readonly kind: FaultKind;
}

/** A line that follows the one before it. */
export interface GoodLine {
  readonly place: Place;
  /** How many good lines there are, itself included. */
  readonly lines: number;
  readonly record: AuditRecord;
  /** The head of the chain before it. */
  readonly before: Buffer;
}

/** How far before and after a bad line to look for what was done to it. */
const LOOK_AROUND = 256;
/** What the agent notes when it goes on behind a part of a line, as a crash of the machine may leave one. */
const TORN = "the line before this one is torn";

/** Follows the chain through the audit of a home, from line to line, until something is wrong. */
export class Walk {
  readonly #lines: ReturnType<typeof readAudit>;
  readonly #chain = new Chain();
  readonly #recent: Head[] = [];
  /** Good lines so far, and the files that they stand in. */
  lines = 0;
  files = 0;
  /** Parts of lines that the agent itself says were torn. */
  torn = 0;
  /** Why there are no more good lines; undefined at the end of the audit. */
  fault: Fault | undefined;

  constructor(home: string) {
    this.#lines = readAudit(home);
  }

  /** The next good line; undefined at the end, and at the first fault. */
  next(): GoodLine | undefined {
    const step = this.#lines.next();
    if (step.done === true) return this.#missing();
    const line = step.value;
    if ("absent" in line) return this.#end({ file: line.file, line: 0, kind: "missing-file" });
    const expected = this.#chain.nextFile;
    const before = this.#chain.head;
    const kind = this.#chain.check(line);
    if (kind === undefined) return line.record && this.#good(line, line.record, before);
    if (kind === "missing-file") return this.#end({ file: fileName(expected), line: 0, kind });
    if (line.number === 1) return this.#end(this.#firstLine(line, kind));
    return kind === "broken" || kind === "no-record"
      ? this.#bad(line, before)
      : this.#end({ ...placeOf(line), kind });
  }

  /** The audit has ended: it must also begin where the agent let it begin. */
  #missing(): undefined {
    const { missing } = this.#chain;
    if (missing !== undefined) this.fault ??= { file: fileName(missing), line: 0, kind: "missing-file" };
  }

  #good(line: AuditLine, record: AuditRecord, before: Buffer): GoodLine {
    const place = placeOf(line);
    this.#recent.push({ head: this.#chain.head, place });
    if (this.#recent.length > LOOK_AROUND) this.#recent.shift();
    if (line.number === 1) this.files++;
    return { place, lines: ++this.lines, record, before };
  }

  #end(fault: Fault): undefined {
    this.fault = fault;
    this.#lines.return();
  }

  /** A file whose first line is whole but does not go on where the last one ended: lines at its end are missing. */
  #firstLine(line: AuditLine, kind: FaultKind): Fault {
    const last = this.#recent.at(-1)?.place;
    if (kind !== "cut" || !line.whole || last === undefined) return { ...placeOf(line), kind };
    return { file: last.file, line: last.line + 1, kind };
  }

  #bad(line: AuditLine, before: Buffer): GoodLine | undefined {
    const [next] = this.#take(1);
    if (next?.record !== undefined && line.record === undefined && saysTorn(next, before)) {
      this.torn++;
      this.#chain.head = before;
      this.#chain.check(next);
      return this.#good(next, next.record, before);
    }
    const following = next === undefined ? [] : [next, ...this.#take(LOOK_AROUND)];
    const { place, kind } = diagnose(line, before, this.#recent, following);
    return this.#end({ ...place, kind });
  }

  #take(count: number): AuditLine[] {
    const lines: AuditLine[] = [];
    while (lines.length < count) {
      const step = this.#lines.next();
      if (step.done === true) break;
      if (!("absent" in step.value)) lines.push(step.value);
    }
    return lines;
  }
}

const placeOf = ({ file, number }: AuditLine): Place => ({ file, line: number });

/** The agent's own line, chained to the whole line before the torn one. */
export function saysTorn({ bytes, record }: AuditLine, before: Buffer): boolean {
  const link = linkOf(bytes);
  return record?.peer === "agent" && record.note === TORN && link !== undefined && follows(before, link);
}
