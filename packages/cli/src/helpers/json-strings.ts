/** JSON of a helper's request, read from bytes to bytes: one of its strings is a password. */
import { isUtf8 } from "node:buffer";
import { secretBuffer, secretCopy, wipe } from "@sotto/client";
import { usage } from "../failure/failure.ts";

const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const [OPEN, CLOSE, QUOTE, BACKSLASH, COLON, COMMA, UNICODE] = [0x7b, 0x7d, 0x22, 0x5c, 0x3a, 0x2c, 0x75];
const ESCAPES = new Map<number, number>([
  ...[QUOTE, BACKSLASH, 0x2f].map((byte) => [byte, byte] as const),
  ...(
    [
      ["b", 8],
      ["f", 12],
      ["n", 10],
      ["r", 13],
      ["t", 9],
    ] as const
  ).map(([letter, byte]) => [letter.charCodeAt(0), byte] as const),
]);

/** One flat object of strings. The caller wipes the values, also of keys that mean nothing to it. */
export function parseStrings(input: Buffer): Map<string, Buffer> {
  if (!isUtf8(input)) throw malformed();
  const reader = new Reader(input);
  const found = new Map<string, Buffer>();
  try {
    reader.object(found);
    return found;
  } catch (error) {
    for (const value of found.values()) wipe(value);
    throw error;
  }
}

const malformed = (): Error => usage("the request is not an object of strings in JSON, as docker sends it");

class Reader {
  readonly #input: Buffer;
  #at = 0;

  constructor(input: Buffer) {
    this.#input = input;
  }

  object(into: Map<string, Buffer>): void {
    this.#take(OPEN);
    if (this.#next() === CLOSE) return this.#end();
    for (;;) {
      const key = this.#string().toString("utf8");
      this.#take(COLON);
      const value = this.#string();
      wipe(into.get(key) ?? Buffer.alloc(0));
      into.set(key, value);
      if (this.#next() === CLOSE) return this.#end();
      this.#take(COMMA);
    }
  }

  #end(): void {
    this.#take(CLOSE);
    if (this.#next() !== undefined) throw malformed();
  }

  /** The byte after white space, which is not taken. */
  #next(): number | undefined {
    while (SPACES.has(this.#input[this.#at] ?? 0)) this.#at++;
    return this.#input[this.#at];
  }

  #take(byte: number): void {
    if (this.#next() !== byte) throw malformed();
    this.#at++;
  }

  /** An escape is never shorter than what it stands for, so the rest of the input is room enough. */
  #string(): Buffer {
    this.#take(QUOTE);
    const end = this.#endOfString();
    const room = secretBuffer(end - this.#at);
    try {
      let length = 0;
      while (this.#at < end) length = this.#character(room, length);
      this.#at++;
      return secretCopy(room, length);
    } finally {
      wipe(room);
    }
  }

  /** Where the closing quote is. */
  #endOfString(): number {
    for (let at = this.#at; at < this.#input.length; at++) {
      const byte = this.#input[at] ?? 0;
      if (byte === QUOTE) return at;
      if (byte < 0x20) throw malformed();
      if (byte === BACKSLASH) at++;
    }
    throw malformed();
  }

  #character(into: Buffer, at: number): number {
    const byte = this.#input[this.#at++] ?? 0;
    if (byte !== BACKSLASH) {
      into[at] = byte;
      return at + 1;
    }
    const letter = this.#input[this.#at++] ?? 0;
    if (letter === UNICODE) return writeCodePoint(this.#codePoint(), into, at);
    const meant = ESCAPES.get(letter);
    if (meant === undefined) throw malformed();
    into[at] = meant;
    return at + 1;
  }

  /** After `\u`: one unit, or two that are a pair. A lone surrogate is no text. */
  #codePoint(): number {
    const first = this.#unit();
    if (first < 0xd800 || first > 0xdfff) return first;
    const isPair = this.#input[this.#at] === BACKSLASH && this.#input[this.#at + 1] === UNICODE;
    this.#at += 2;
    const second = isPair ? this.#unit() : 0;
    if (first > 0xdbff || second < 0xdc00 || second > 0xdfff) throw malformed();
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  #unit(): number {
    let unit = 0;
    for (let i = 0; i < 4; i++) unit = unit * 16 + hexDigit(this.#input[this.#at++] ?? 0);
    return unit;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  if (letter >= 0x61 && letter <= 0x66) return letter - 0x57;
  throw malformed();
}

/** As UTF-8, byte by byte: not through a string. */
function writeCodePoint(code: number, into: Buffer, at: number): number {
  if (code < 0x80) {
    into[at] = code;
    return at + 1;
  }
  const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const mark = [0, 0xc0, 0xe0, 0xf0][more] ?? 0;
  into[at] = mark | (code >> (6 * more));
  for (let i = 1; i <= more; i++) into[at + i] = 0x80 | ((code >> (6 * (more - i))) & 0x3f);
  return at + more + 1;
}
