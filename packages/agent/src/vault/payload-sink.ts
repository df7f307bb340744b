/** Takes the pieces of a msgpack document one after the other. */
export interface PayloadSink {
  /** The head of a container in its widest form: one byte that says what, and a u32 that says how many. */
  head(lead: number, count: number): void;
  bytes(part: Buffer): void;
}

/** Bytes of such a head. */
export const HEAD_BYTES = 5;

/** Writes to the start of a buffer that is long enough. */
export class PayloadWriter implements PayloadSink {
  readonly #target: Buffer;
  #at = 0;

  constructor(target: Buffer) {
    this.#target = target;
  }

  head(lead: number, count: number): void {
    this.#target.writeUInt8(lead, this.#at);
    this.#at = this.#target.writeUInt32BE(count, this.#at + 1);
  }

  bytes(part: Buffer): void {
    this.#at += part.copy(this.#target, this.#at);
  }
}

/** Compares with a buffer, from its start to its end. */
export class PayloadComparison implements PayloadSink {
  readonly #other: Buffer;
  #at = 0;
  #same = true;

  constructor(other: Buffer) {
    this.#other = other;
  }

  /** Whether what was given so far is the whole buffer. */
  get isSame(): boolean {
    return this.#same && this.#at === this.#other.length;
  }

  head(lead: number, count: number): void {
    if (!this.#advance(HEAD_BYTES)) return;
    const start = this.#at - HEAD_BYTES;
    this.#same = this.#other[start] === lead && this.#other.readUInt32BE(start + 1) === count;
  }

  bytes(part: Buffer): void {
    if (!this.#advance(part.length)) return;
    this.#same = this.#other.compare(part, 0, part.length, this.#at - part.length, this.#at) === 0;
  }

  #advance(length: number): boolean {
    this.#at += length;
    if (this.#at > this.#other.length) this.#same = false;
    return this.#same;
  }
}
