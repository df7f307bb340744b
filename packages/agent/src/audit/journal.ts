import { closeSync } from "node:fs";
import { AuditFile, AuditFileError } from "./audit-file.ts";
import { chainedAll, NO_HEAD } from "./chain.ts";
import { numberOf } from "./file-ends.ts";
import { highestNumber, setAside } from "./file-names.ts";
import type { Trouble } from "./notes.ts";
import { NEEDS_NEW_FILE, TROUBLES } from "./notes.ts";
import type { AuditRecord, Moment } from "./record.ts";
import { encodeRecord } from "./record.ts";
import { takeUp } from "./take-up.ts";

/** How far a file grows on after it could not be rotated, in bytes, until that is tried again. */
const RETRY_BYTES = 1024 * 1024;

export interface JournalOptions {
  /** The file being written; the rotated ones lie beside it. */
  readonly path: string;
  /** A file of this size is rotated before the next line. */
  readonly maxBytes: number;
  /** When the next lines are made. */
  readonly moment: () => Moment;
  /** The lines of the last moment are in the file. */
  readonly written: () => void;
  /** The folder has changed, and this descriptor is written to no more: it is the receiver's to close. */
  readonly retired: (fd: number | undefined) => void;
  readonly failed: (trouble: Trouble, cause?: unknown) => void;
}

/**
 * The files of the audit and the chain through them. Lines are in the file, whole, when `append` returns true. Where
 * the file is not what the agent left, nothing is written until that is over: some troubles end by themselves (space,
 * mode), others when the agent is told to go on, in a new file. Either way the next line says what had been.
 */
export class Journal {
  readonly #options: JournalOptions;
  #file: AuditFile | undefined;
  #number = 0;
  #head: Buffer = NO_HEAD;
  #rotateAt: number;
  /** From a failure to the next line that is written. */
  #trouble: Trouble | undefined;
  /** Whether a file was ever open: only before that is the chain taken from the disk. */
  #begun = false;
  /** Goes in front of the next line. */
  #prefix = "";
  /** What the next lines have to say. */
  #unsaid: string[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#rotateAt = options.maxBytes;
    this.#attempt(() => this.#open());
  }

  /** Where the chain stands: 32 bytes. */
  get head(): Buffer {
    return this.#head;
  }

  get full(): boolean {
    return this.#file !== undefined && this.#file.size >= this.#rotateAt;
  }

  /** The descriptor being written to. */
  get fd(): number | undefined {
    return this.#file?.fd;
  }

  /** Whether something was wrong when it was last looked at, and is not known to be over. */
  get troubled(): boolean {
    return this.#trouble !== undefined || this.#unsaid.length > 0;
  }

  /** Whether a line can be written now. After a trouble it knows because it has said, in a line, what that was. */
  ready(): boolean {
    return this.#isSound() && this.#say();
  }

  /** Appends lines in one piece, all or none; with `after`, only where the chain still stands there. */
  append(records: readonly AuditRecord[], after?: Buffer): boolean {
    return this.ready() && (after === undefined || after.equals(this.#head)) && this.#put(records);
  }

  /** Goes on at the path: in the same file where it is still there and as we left it, else in a new one. */
  reopen(): void {
    this.#attempt(() => {
      const { path } = this.#options;
      const found = this.#file?.trouble();
      if (found !== undefined) this.fail(found);
      const spoiled = this.#trouble !== undefined && NEEDS_NEW_FILE.has(this.#trouble);
      if (this.#file !== undefined && !this.moved && !spoiled) return;
      if (!this.moved) setAside(path, this.#number);
      if (this.#file !== undefined) this.#options.retired(this.#file.fd);
      this.#file = undefined;
      this.#open();
    });
  }

  /** Gives the file its number for a name and begins the next one. Where that fails, the old one is written on. */
  rotate(): void {
    const rotated = this.#attempt(() => {
      if (!this.moved) setAside(this.#options.path, this.#number);
      this.#beginNext();
    });
    if (!rotated) this.#rotateAt += RETRY_BYTES;
  }

  /** Whether the path names another file than the one being written, or none. */
  get moved(): boolean {
    return this.#file?.isAt(this.#options.path) !== true;
  }

  /** Something is wrong. What does not end by itself is not forgotten for something that does. */
  fail(trouble: Trouble, cause?: unknown): false {
    if (this.#trouble !== trouble) this.#options.failed(trouble, cause);
    this.#trouble = trouble;
    const text = TROUBLES[trouble];
    if (!this.#unsaid.includes(text)) this.#unsaid.push(text);
    return false;
  }

  #isSound(): boolean {
    if (this.#trouble !== undefined && NEEDS_NEW_FILE.has(this.#trouble) && this.#file) return false;
    if (this.#file === undefined) return this.#attempt(() => this.#open());
    const trouble = this.#file.trouble();
    return trouble === undefined || this.fail(trouble);
  }

  #say(): boolean {
    for (let [note] = this.#unsaid; note !== undefined; [note] = this.#unsaid) {
      if (!this.#put([{ peer: "agent", verb: "audit", result: "allowed", note }])) return false;
      this.#unsaid.shift();
    }
    return true;
  }

  #put(records: readonly AuditRecord[]): boolean {
    const written = this.#file !== undefined && this.#appendTo(this.#file, records);
    return written || this.fail("unwritable");
  }

  #appendTo(file: AuditFile, records: readonly AuditRecord[]): boolean {
    const { lines, head } = chainedAll(this.#head, this.#encoded(records));
    if (!file.append(this.#prefix === "" ? lines : Buffer.concat([Buffer.from(this.#prefix), lines])))
      return false;
    this.#prefix = "";
    this.#head = head;
    this.#trouble = undefined;
    this.#options.written();
    return true;
  }

  /** Of one moment: only the first says that the clock was set. */
  #encoded(records: readonly AuditRecord[]): string[] {
    let moment = this.#options.moment();
    const lines: string[] = [];
    for (const record of records) {
      lines.push(encodeRecord(record, moment));
      if (moment.clockJumpMs !== undefined) moment = { time: moment.time };
    }
    return lines;
  }

  #attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      return this.fail(error instanceof AuditFileError ? error.trouble : "unopened", error);
    }
  }

  /** The first time, goes on where the last agent ended. */
  #open(): void {
    if (this.#begun) return this.#beginNext();
    const { head, present, note } = takeUp(this.#options.path);
    this.#head = head;
    this.#unsaid = [...(note === undefined ? [] : [note]), ...this.#unsaid]; // first: it is about the line before
    if (present === undefined) return this.#beginNext();
    this.#file = present.file;
    this.#number = present.number;
    this.#prefix = present.prefix;
    this.#begun = true;
  }

  /** Begins a file, at a path that names none or an empty one; what else lies there is set aside first. */
  #beginNext(): void {
    const { path, retired, maxBytes } = this.#options;
    const file = openEmpty(path);
    const number = Math.max(highestNumber(path), this.#number) + 1;
    this.#prefix = "";
    if (!this.#appendTo(file, [firstRecord(number, this.#head)])) {
      closeSync(file.fd);
      throw new AuditFileError("unwritable");
    }
    retired(this.#file?.fd);
    this.#file = file;
    this.#number = number;
    this.#rotateAt = maxBytes;
    this.#begun = true;
  }
}

function firstRecord(number: number, head: Buffer): AuditRecord {
  const note = head.equals(NO_HEAD) ? "begins" : "continues";
  const where = { file: number, previous: head.toString("hex") };
  return { peer: "agent", verb: "audit", result: "allowed", note, ...where };
}

function openEmpty(path: string): AuditFile {
  const found = AuditFile.open(path);
  if (found.size === 0) return found;
  const number = numberOf(found.fd) ?? highestNumber(path) + 1;
  closeSync(found.fd);
  setAside(path, number);
  return AuditFile.open(path, true);
}
