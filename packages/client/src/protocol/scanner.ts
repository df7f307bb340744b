import { MAX_DEPTH } from "./limits.ts";
import { ProtocolError } from "./errors.ts";

/** What a msgpack document may contain beyond the types of a header. */
export interface ReadOptions {
  /** Deepest nesting allowed; the top level is depth 1. */
  readonly maxDepth: number;
  /** Whether binary strings are allowed: never in a header, always in a vault's payload. */
  readonly binary: boolean;
}

const HEADER: ReadOptions = { maxDepth: MAX_DEPTH, binary: false };

/** Strict: no replacement characters; a byte order mark is data like any other. Made when it is first needed: few headers do. */
let utf8: InstanceType<typeof TextDecoder> | undefined;

/** Keys that could reach an object's prototype in a careless reader. */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Reads exactly one msgpack map of allowed types. Maps stay Maps, wide integers are numbers, byte strings are views into
 * `bytes`. Allowed: map, array, str, integers in the safe range, booleans, nil (and bin where the options say so).
 *
 * Errors: `bad-frame` for what is malformed or forbidden (ext, float, truncation, trailing bytes, depth),
 * `bad-request` for what is well-formed and yet not acceptable (keys that are not strings, duplicate or
 * forbidden keys, invalid UTF-8, integers beyond 2^53-1, a top level that is no map).
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function read(bytes: Uint8Array, options: ReadOptions = HEADER): ReadonlyMap<string, unknown> {
  if (bytes.length === 0) throw new ProtocolError("bad-frame");
  const reader = new Reader(bytes, options);
  const map = reader.value(1);
  if (!reader.atEnd) throw new ProtocolError("bad-frame");
  if (!(map instanceof Map) || reader.objections > 0) throw new ProtocolError("bad-request");
  return map as ReadonlyMap<string, unknown>;
}

class Reader {
  /** Well-formed but unacceptable things met so far: reported only when the framing proved sound. */
  objections = 0;
  readonly #bytes: Buffer;
  readonly #options: ReadOptions;
  #at = 0;

  constructor(bytes: Uint8Array, options: ReadOptions) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Reads one value; containers recurse, at most `maxDepth` deep. */
  value(depth: number): unknown {
    const lead = this.#byte();
    if (lead <= 0x7f) return lead;
    if (lead >= 0xe0) return lead - 0x100;
    if (lead <= 0x8f) return this.#map(lead & 0x0f, depth);
    if (lead <= 0x9f) return this.#array(lead & 0x0f, depth);
    if (lead <= 0xbf) return this.#string(lead & 0x1f);
    return this.#tagged(lead, depth);
  }

  #tagged(lead: number, depth: number): unknown {
    switch (lead) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return lead === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (lead - 0xc4)));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (lead - 0xcc));
      case 0xcf:
        return this.#wideInteger(false);
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#int(1 << (lead - 0xd0));
      case 0xd3:
        return this.#wideInteger(true);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#uint(1 << (lead - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(lead === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(lead === 0xde ? 2 : 4), depth);
      default:
        throw new ProtocolError("bad-frame"); // 0xc1, ext and float
    }
  }

  #map(count: number, depth: number): Map<string, unknown> {
    this.#enter(count * 2, depth);
    const map = new Map<string, unknown>();
    for (let i = 0; i < count; i++) {
      const key = this.#key(depth + 1);
      const value = this.value(depth + 1);
      if (key === undefined || map.has(key) || FORBIDDEN_KEYS.has(key)) this.objections++;
      else map.set(key, value);
    }
    return map;
  }

  #array(count: number, depth: number): unknown[] {
    this.#enter(count, depth);
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(depth + 1));
    return values;
  }

  /** A count that cannot fit the bytes left is refused before it is looped over: one byte a value at least. */
  #enter(values: number, depth: number): void {
    if (depth > this.#options.maxDepth || values > this.#left) throw new ProtocolError("bad-frame");
  }

  /** The key as text; undefined, and read over, when it is not a string. */
  #key(depth: number): string | undefined {
    const lead = this.#byte();
    if (lead >= 0xa0 && lead <= 0xbf) return this.#string(lead & 0x1f);
    if (lead >= 0xd9 && lead <= 0xdb) return this.#string(this.#uint(1 << (lead - 0xd9)));
    this.#at--;
    if (lead >= 0xc4 && lead <= 0xc6) this.#binaryKey();
    else this.value(depth);
    return undefined;
  }

  /** A binary key is no malformed frame, wherever it stands: it is a key that is not a string, like any other. */
  #binaryKey(): void {
    const lead = this.#uint(1);
    this.#skip(this.#uint(1 << (lead - 0xc4)));
  }

  #string(length: number): string | undefined {
    const start = this.#at;
    this.#skip(length);
    if (this.#isAscii(start)) return this.#bytes.toString("latin1", start, this.#at);
    try {
      utf8 ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      return utf8.decode(this.#bytes.subarray(start, this.#at));
    } catch {
      this.objections++;
      return undefined;
    }
  }

  /** Nearly every string is; a decoder costs more than all the rest of a header. */
  #isAscii(start: number): boolean {
    for (let i = start; i < this.#at; i++) if ((this.#bytes[i] ?? 0) > 0x7f) return false;
    return true;
  }

  #binary(length: number): Buffer {
    if (!this.#options.binary) throw new ProtocolError("bad-frame");
    const start = this.#at;
    this.#skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  #wideInteger(signed: boolean): number {
    const at = this.#at;
    this.#skip(8);
    const value = Number(signed ? this.#bytes.readBigInt64BE(at) : this.#bytes.readBigUInt64BE(at));
    if (!Number.isSafeInteger(value)) this.objections++;
    return value;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new ProtocolError("bad-frame");
    this.#at++;
    return byte;
  }

  #int(size: number): number {
    const at = this.#at;
    this.#skip(size);
    return this.#bytes.readIntBE(at, size);
  }

  #uint(size: number): number {
    const at = this.#at;
    this.#skip(size);
    return this.#bytes.readUIntBE(at, size);
  }

  #skip(count: number): void {
    if (count > this.#left) throw new ProtocolError("bad-frame");
    this.#at += count;
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }
}
