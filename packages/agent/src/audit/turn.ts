import type { AuditRecord } from "./record.ts";

/** So many wait no longer for the end of their turn. A file is larger than it may be by no more than these. */
const MOST_LINES = 64;
/**
 * While lines come one by one, whether others come in the same turn is looked at once in so many of them that are of
 * another connection than the one before: to wait for the end of a turn costs a tenth of a request.
 */
const LOOK_EVERY = 8;

/** Writes the lines of records in one piece: all of them, or none and it returns false. */
type Write = (records: readonly AuditRecord[]) => boolean;

/**
 * The lines of one turn of the event loop. Those that come one by one are written at once. Where several came in a turn,
 * those of the next one are kept and written together at its end, and nobody is answered before.
 */
export class Turn {
  readonly #write: Write;
  #kept: AuditRecord[] = [];
  #outcome: Promise<boolean> | undefined;
  #settle: (written: boolean) => void = () => undefined;
  /** Several came in the last turn that was looked at. */
  #crowded = false;
  /** The end of this turn is waited for. */
  #watched = false;
  /** Of the line before. */
  #peer: AuditRecord["peer"] | undefined;
  /** How often the next line was of another one. */
  #changes = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Whether the line was written; where it is written later, a promise of that, which is never rejected. */
  add(record: AuditRecord): boolean | Promise<boolean> {
    if (record.peer !== this.#peer) this.#changes++;
    this.#peer = record.peer;
    if (!this.#watched && (this.#crowded || this.#changes === LOOK_EVERY)) this.#watch();
    return this.#crowded ? this.#keep(record) : this.#write([record]);
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

  #keep(record: AuditRecord): Promise<boolean> {
    this.#outcome ??= new Promise((settle) => (this.#settle = settle));
    const outcome = this.#outcome;
    this.#kept.push(record);
    if (this.#kept.length === MOST_LINES) this.writeKept();
    return outcome;
  }

  #watch(): void {
    this.#watched = true;
    this.#changes = 0;
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    this.#watched = false;
    this.#crowded = this.#changes > 0;
    this.#changes = 0;
    this.writeKept();
  };
}
