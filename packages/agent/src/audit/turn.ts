import type { AuditRecord } from "./record.ts";

/** So many wait no longer for the end of their turn. A file is larger than it may be by no more than these. */
const MOST_LINES = 64;

/** Writes the lines of records in one piece: all of them, or none and it returns false. */
type Write = (records: readonly AuditRecord[]) => boolean;

/**
 * The lines of one turn of the event loop. The first is written at once: who comes alone waits for nothing. The others
 * are written together, at the end of the turn, and nobody is answered before.
 */
export class Turn {
  readonly #write: Write;
  #begun = false;
  #kept: AuditRecord[] = [];
  #outcome: Promise<boolean> | undefined;
  #settle: (written: boolean) => void = () => undefined;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Whether the line was written; where it is written later, a promise of that, which is never rejected. */
  add(record: AuditRecord): boolean | Promise<boolean> {
    if (!this.#begun) return this.#begin(record);
    this.#outcome ??= new Promise((settle) => (this.#settle = settle));
    const outcome = this.#outcome;
    this.#kept.push(record);
    if (this.#kept.length === MOST_LINES) this.writeKept();
    return outcome;
  }

  /** Writes what is kept: before whatever else is to be written, for lines stand in the order of their decisions. */
  writeKept(): void {
    if (this.#outcome === undefined) return;
    const records = this.#kept;
    this.#kept = [];
    this.#outcome = undefined;
    let written = false;
    try {
      written = this.#write(records);
    } finally {
      this.#settle(written);
    }
  }

  #begin(record: AuditRecord): boolean {
    this.#begun = true;
    setImmediate(this.#end);
    return this.#write([record]);
  }

  readonly #end = (): void => {
    this.#begun = false;
    this.writeKept();
  };
}
