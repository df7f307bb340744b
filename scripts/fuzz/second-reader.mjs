/**
 * A second reader of msgpack and of the rules of PROTOCOL.md for a header, made from the two documents and from no code
 * beside it: the fuzz targets hold the first one against it.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** A header of the wire protocol, and the payload of a vault. */
export const HEADER = { maxDepth: 8, binary: false };
export const PAYLOAD = { maxDepth: 5, binary: true };

const MALFORMED = Symbol("malformed");
const WIDEST = 2n ** 53n - 1n;
const FORBIDDEN_KEYS = ["__proto__", "constructor", "prototype"];

/** What stands behind a lead byte: the first and last lead of each kind, the kind, and how long its length or number is. */
const KINDS = [
  [0x00, 0x7f, "small"],
  [0x80, 0x8f, "map", 0],
  [0x90, 0x9f, "array", 0],
  [0xa0, 0xbf, "text", 0],
  [0xc0, 0xc0, "nil"],
  [0xc2, 0xc3, "boolean"],
  ...[1, 2, 4].map((size, i) => [0xc4 + i, 0xc4 + i, "binary", size]),
  ...[1, 2, 4, 8].map((size, i) => [0xcc + i, 0xcc + i, "unsigned", size]),
  ...[1, 2, 4, 8].map((size, i) => [0xd0 + i, 0xd0 + i, "signed", size]),
  ...[1, 2, 4].map((size, i) => [0xd9 + i, 0xd9 + i, "text", size]),
  ...[2, 4].map((size, i) => [0xdc + i, 0xdc + i, "array", size]),
  ...[2, 4].map((size, i) => [0xde + i, 0xde + i, "map", size]),
  [0xe0, 0xff, "small"],
];
/** What the lead itself says of a length, for those kinds that have it there. */
const INLINE = { map: 0x0f, array: 0x0f, text: 0x1f };

/**
 * Reads exactly one map. The verdict is `accept`, with a value, or the code of the error: a bad frame comes before a bad
 * request, whatever stands first.
 */
export function read(bytes, limits) {
  const reader = new Reader(Buffer.from(bytes), limits);
  try {
    const value = reader.value(1, false);
    if (reader.at !== bytes.length) return { verdict: "bad-frame" };
    const good = reader.objections === 0 && value instanceof Map;
    return good ? { verdict: "accept", value } : { verdict: "bad-request" };
  } catch (error) {
    if (error === MALFORMED) return { verdict: "bad-frame" };
    throw error;
  }
}

class Reader {
  at = 0;
  objections = 0;

  constructor(bytes, limits) {
    this.bytes = bytes;
    this.limits = limits;
  }

  value(depth, isKey) {
    const [lead] = this.take(1);
    const [, , kind, size] = KINDS.find(([first, last]) => lead >= first && lead <= last) ?? [];
    if (kind === undefined) throw MALFORMED; // float, ext, and the byte that is never used
    if (kind === "small") return lead >= 0xe0 ? lead - 0x100 : lead;
    if (kind === "nil") return null;
    if (kind === "boolean") return lead === 0xc3;
    if (kind === "signed" || kind === "unsigned") return this.integer(size, kind === "signed");
    const length = size === 0 ? lead & INLINE[kind] : Number(this.number(size));
    if (kind === "text") return this.text(length);
    if (kind === "binary") return this.binary(length, isKey);
    if (depth > this.limits.maxDepth) throw MALFORMED;
    return kind === "map" ? this.map(length, depth) : this.array(length, depth);
  }

  map(count, depth) {
    const map = new Map();
    for (let i = 0; i < count; i++) {
      const key = this.value(depth + 1, true);
      if (typeof key !== "string" || map.has(key) || FORBIDDEN_KEYS.includes(key)) this.objections++;
      map.set(key, this.value(depth + 1, false));
    }
    return map;
  }

  array(count, depth) {
    const items = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1, false));
    return items;
  }

  /** What is no UTF-8 does not come back as it was. */
  text(length) {
    const bytes = this.take(length);
    const text = bytes.toString("utf8");
    if (!Buffer.from(text, "utf8").equals(bytes)) this.objections++;
    return text;
  }

  binary(length, isKey) {
    if (!this.limits.binary && !isKey) throw MALFORMED;
    return this.take(length);
  }

  integer(size, isSigned) {
    const value = isSigned ? BigInt.asIntN(size * 8, this.number(size)) : this.number(size);
    if (value > WIDEST || value < -WIDEST) this.objections++;
    return Number(value);
  }

  number(size) {
    return this.take(size).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw MALFORMED;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
