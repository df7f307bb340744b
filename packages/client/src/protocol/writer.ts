import { ProtocolError } from "./errors.ts";
import { MAX_HEADER_BYTES } from "./limits.ts";

/** A value that a header may hold. A secret is never one of them. */
export type HeaderValue =
  | string
  | number
  | boolean
  | null
  | readonly HeaderValue[]
  | { readonly [key: string]: HeaderValue | undefined };

/** Room is made for many headers at a time, and each is a view into it. */
const ROOM_BYTES = 4 * MAX_HEADER_BYTES;
const SHORT = 32;

/**
 * Writes msgpack of the types that a header may hold, each in its shortest form. A header holds nothing secret.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
class Writer {
  #room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  #start = 0;
  #at = 0;

  /** The encoded value. Throws `too-large` above 16 KiB, and a RangeError for a number that is no safe integer. */
  write(value: HeaderValue): Buffer {
    if (ROOM_BYTES - this.#start < MAX_HEADER_BYTES) {
      this.#room = Buffer.allocUnsafeSlow(ROOM_BYTES);
      this.#start = 0;
    }
    this.#at = this.#start;
    this.#value(value);
    const bytes = this.#room.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return bytes;
  }

  #value(value: HeaderValue): void {
    if (typeof value === "string") this.#string(value);
    else if (typeof value === "number") this.#integer(value);
    else if (typeof value === "boolean") this.#byte(value ? 0xc3 : 0xc2);
    else if (value === null) this.#byte(0xc0);
    else if (isList(value)) this.#array(value);
    else this.#map(value);
  }

  /** Undefined fields are left out. */
  #map(map: { readonly [key: string]: HeaderValue | undefined }): void {
    const keys = Object.keys(map);
    let count = 0;
    for (const key of keys) if (map[key] !== undefined) count++;
    if (count < 16) this.#byte(0x80 | count);
    else this.#counted(0xde, count);
    for (const key of keys) {
      const value = map[key];
      if (value === undefined) continue;
      this.#string(key);
      this.#value(value);
    }
  }

  #array(values: readonly HeaderValue[]): void {
    if (values.length < 16) this.#byte(0x90 | values.length);
    else this.#counted(0xdc, values.length);
    for (const value of values) this.#value(value);
  }

  /** Of an array or a map; more than fit 16 bits would never fit a header. */
  #counted(tag: number, count: number): void {
    if (count > 0xffff) throw new ProtocolError("too-large");
    this.#tagged(tag, 2, count);
  }

  #string(text: string): void {
    if (text.length < SHORT && this.#shortAscii(text)) return;
    const length = Buffer.byteLength(text);
    if (length < 32) this.#byte(0xa0 | length);
    else if (length <= 0xff) this.#tagged(0xd9, 1, length);
    else if (length <= 0xffff) this.#tagged(0xda, 2, length);
    else throw new ProtocolError("too-large");
    this.#room.write(text, this.#take(length));
  }

  /** Nearly every string is short and ASCII: a call of Node's would cost more. False when it is not; nothing is written then. */
  #shortAscii(text: string): boolean {
    const at = this.#take(text.length + 1);
    this.#room[at] = 0xa0 | text.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#at = at;
        return false;
      }
      this.#room[at + 1 + i] = code;
    }
    return true;
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError("not a safe integer");
    if (value >= 0) this.#unsigned(value);
    else if (value >= -0x20) this.#byte(value & 0xff);
    else if (value >= -0x80) this.#tagged(0xd0, 1, value);
    else if (value >= -0x8000) this.#tagged(0xd1, 2, value);
    else if (value >= -0x8000_0000) this.#tagged(0xd2, 4, value);
    else this.#wide(value);
  }

  #unsigned(value: number): void {
    if (value <= 0x7f) this.#byte(value);
    else if (value <= 0xff) this.#tagged(0xcc, 1, value);
    else if (value <= 0xffff) this.#tagged(0xcd, 2, value);
    else if (value <= 0xffff_ffff) this.#tagged(0xce, 4, value);
    else this.#wide(value);
  }

  #wide(value: number): void {
    this.#byte(0xd3);
    this.#room.writeBigInt64BE(BigInt(value), this.#take(8));
  }

  /** Writes a tag, and after it the lowest bytes of a number. */
  #tagged(tag: number, bytes: number, value: number): void {
    this.#byte(tag);
    for (let left = bytes - 1; left >= 0; left--) this.#byte(value >> (left * 8));
  }

  /** The lowest eight bits of a number. */
  #byte(byte: number): void {
    this.#room[this.#take(1)] = byte;
  }

  /** Where the next `count` bytes go. */
  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#start + MAX_HEADER_BYTES) throw new ProtocolError("too-large");
    this.#at = at + count;
    return at;
  }
}

const isList = (value: HeaderValue): value is readonly HeaderValue[] => Array.isArray(value);

const writer = new Writer();

/** Encodes one value as msgpack. Throws as `Writer.write` does. */
export const write = (value: HeaderValue): Buffer => writer.write(value);
