import { CHUNK_BYTES } from "../vault/limits.ts";
import type { PendingValue, ValueWriter } from "../vault/value-writer.ts";

const NOTHING = Buffer.alloc(0);

/**
 * Takes the payload of one request as it arrives. A passphrase or token is gathered in secure memory; a value is
 * sealed there chunk by chunk, so that never more than one chunk of it is readable.
 */
export class PayloadIntake {
  readonly #work: Buffer;
  #filled = 0;
  #value: ValueWriter | undefined;

  /** `work` is secure memory of at least one chunk, shared with the writer of replies: they take turns. */
  constructor(work: Buffer) {
    this.#work = work;
  }

  begin(value: ValueWriter | undefined): void {
    this.#filled = 0;
    this.#value = value;
  }

  add(part: Uint8Array): void {
    for (let at = 0; at < part.length;) {
      const taken = Math.min(part.length - at, CHUNK_BYTES - this.#filled);
      this.#work.set(part.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#value && this.#filled === CHUNK_BYTES) this.#seal(this.#value);
    }
  }

  /** The whole payload, once the frame is complete. */
  finish(): { payload: Buffer; value: PendingValue | undefined } {
    const value = this.#value;
    if (value === undefined) return { payload: this.#work.subarray(0, this.#filled), value };
    this.#seal(value);
    this.#value = undefined;
    return { payload: NOTHING, value: value.finish() };
  }

  /** Wipes what was gathered. */
  wipe(): void {
    this.#work.fill(0, 0, this.#filled);
    this.#filled = 0;
  }

  /** Gives up in the middle. */
  abort(): void {
    this.#value?.abort();
    this.#value = undefined;
  }

  #seal(value: ValueWriter): void {
    if (this.#filled > 0) value.write(this.#work.subarray(0, this.#filled));
    this.wipe();
  }
}
