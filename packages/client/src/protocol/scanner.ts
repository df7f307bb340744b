import { MAX_DEPTH } from "./limits.ts";
import { ProtocolError } from "./errors.ts";

/** What a scanned msgpack document may contain beyond the types of a header. */
export interface ScanOptions {
  /** Deepest nesting allowed; the top level is depth 1. */
  readonly maxDepth: number;
  /** Whether binary strings are allowed: never in a header, always in a vault's payload. */
  readonly binary: boolean;
}

const HEADER: ScanOptions = { maxDepth: MAX_DEPTH, binary: false };

/** Strict: no replacement characters; a byte order mark is data like any other. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Keys that could reach an object's prototype in a careless reader. */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Checks that `bytes` is exactly one msgpack map of allowed types, before any library parses it.
 * Allowed: map, array, str, integers in the safe range, booleans, nil (and bin where the options say so).
 *
 * Errors: `bad-frame` for what is malformed or forbidden (ext, float, truncation, trailing bytes, depth),
 * `bad-request` for what is well-formed and yet not acceptable (keys that are not strings, duplicate or
 * forbidden keys, invalid UTF-8, integers beyond 2^53-1, a top level that is no map).
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export function scan(bytes: Uint8Array, options: ScanOptions = HEADER): void {
  const scanner = new Scanner(bytes, options);
  scanner.value(1);
  if (!scanner.atEnd) throw new ProtocolError("bad-frame");
  if (!isMapLead(bytes[0] ?? 0)) scanner.objections++;
  if (scanner.objections > 0) throw new ProtocolError("bad-request");
}

const isMapLead = (lead: number): boolean => (lead & 0xf0) === 0x80 || lead === 0xde || lead === 0xdf;

class Scanner {
  /** Well-formed but unacceptable things met so far: reported only when the framing proved sound. */
  objections = 0;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #options: ScanOptions;
  #at = 0;

  constructor(bytes: Uint8Array, options: ScanOptions) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Scans one value; containers recurse, at most `maxDepth` deep. */
  value(depth: number): void {
    const lead = this.#uint(1);
    if (lead <= 0x7f || lead >= 0xe0) return;
    if (lead <= 0x8f) return this.#map(lead & 0x0f, depth);
    if (lead <= 0x9f) return this.#array(lead & 0x0f, depth);
    if (lead <= 0xbf) return void this.#string(lead & 0x1f);
    this.#tagged(lead, depth);
  }

  #tagged(lead: number, depth: number): void {
    switch (lead) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (lead - 0xc4)));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#skip(1 << (lead - 0xcc));
      case 0xcf:
        return this.#wideInteger(false);
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#skip(1 << (lead - 0xd0));
      case 0xd3:
        return this.#wideInteger(true);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return void this.#string(this.#uint(1 << (lead - 0xd9)));
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

  #map(count: number, depth: number): void {
    this.#enter(count * 2, depth);
    const keys = new Set<string>();
    for (let i = 0; i < count; i++) {
      const key = this.#key(depth + 1);
      if (key === undefined || keys.has(key) || FORBIDDEN_KEYS.has(key)) this.objections++;
      else keys.add(key);
      this.value(depth + 1);
    }
  }

  #array(count: number, depth: number): void {
    this.#enter(count, depth);
    for (let i = 0; i < count; i++) this.value(depth + 1);
  }

  /** A count that cannot fit the bytes left is refused before it is looped over: one byte a value at least. */
  #enter(values: number, depth: number): void {
    if (depth > this.#options.maxDepth || values > this.#left) throw new ProtocolError("bad-frame");
  }

  /** The key as text; undefined, and scanned over, when it is not a string. */
  #key(depth: number): string | undefined {
    const lead = this.#bytes[this.#at] ?? 0; // past the end there is nothing to read, which is found out below
    if (lead >= 0xa0 && lead <= 0xbf) return this.#string(this.#uint(1) & 0x1f);
    if (lead >= 0xd9 && lead <= 0xdb) {
      this.#at++;
      return this.#string(this.#uint(1 << (lead - 0xd9)));
    }
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
      return utf8.decode(this.#bytes.subarray(start, this.#at));
    } catch {
      this.objections++;
      return undefined;
    }
  }

  /** Nearly every string is; a decoder costs more than all the rest of a scan. */
  #isAscii(start: number): boolean {
    for (let i = start; i < this.#at; i++) if ((this.#bytes[i] ?? 0) > 0x7f) return false;
    return true;
  }

  #binary(length: number): void {
    if (!this.#options.binary) throw new ProtocolError("bad-frame");
    this.#skip(length);
  }

  #wideInteger(signed: boolean): void {
    const at = this.#at;
    this.#skip(8);
    const value = signed ? this.#view.getBigInt64(at) : this.#view.getBigUint64(at);
    if (!Number.isSafeInteger(Number(value))) this.objections++;
  }

  #uint(size: number): number {
    const at = this.#at;
    this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #skip(count: number): void {
    if (count > this.#left) throw new ProtocolError("bad-frame");
    this.#at += count;
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }
}
