import { wipe } from "@sotto/client";
import { secretBuffer, secretCopy } from "@sotto/client";

/** What a key asks for beside changing the line. */
export type Key = "line" | "end" | "interrupt" | "quit" | "suspend" | "bell";

const CONTROL_KEYS: ReadonlyMap<number, Key> = new Map([
  [0x03, "interrupt"], // Ctrl-C
  [0x1a, "suspend"], // Ctrl-Z
  [0x1c, "quit"], // Ctrl-\
  [0x0a, "line"],
  [0x0d, "line"],
]);
const END_OF_FILE = 0x04; // Ctrl-D
const KILL_LINE = 0x15; // Ctrl-U
const BACKSPACE: readonly number[] = [0x08, 0x7f];
const TAB = 0x09;
const ESCAPE = 0x1b;
/** How far into an escape sequence the last byte was. */
type Sequence = "none" | "escape" | "control" | "single";

/**
 * One line typed without echo, edited on bytes: no strings, so that wiping one buffer wipes it all.
 * Fed a byte at a time. Escape sequences of the terminal (arrow keys, the marks around pasted text) are passed over:
 * nobody sees them in a hidden line, so nobody could know that they are part of a passphrase.
 */
export class Line {
  readonly #bytes: Buffer;
  #length = 0;
  #overflowed = false;
  #sequence: Sequence = "none";

  /** Room for `limit` bytes. */
  constructor(limit: number) {
    this.#bytes = secretBuffer(limit);
  }

  /** True when more was typed than there is room for: what is there is not what was meant. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Takes one byte; returns what it asks for, if anything. */
  push(byte: number): Key | undefined {
    if (this.#inSequence(byte)) return undefined;
    const key = CONTROL_KEYS.get(byte);
    if (key !== undefined) return key;
    if (byte === END_OF_FILE) return this.#length === 0 ? "end" : "bell";
    if (byte === KILL_LINE) return this.clear();
    if (BACKSPACE.includes(byte)) return this.#eraseCharacter();
    return byte < 0x20 && byte !== TAB ? "bell" : this.#append(byte);
  }

  /** The line so far, in a buffer of its own that the caller wipes; the line is empty after that. */
  take(): Buffer {
    const result = secretCopy(this.#bytes, this.#length);
    this.clear();
    return result;
  }

  /** Forgets the line. */
  clear(): undefined {
    wipe(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    this.#overflowed = false;
  }

  #append(byte: number): Key | undefined {
    if (this.#length === this.#bytes.length) {
      const rung = this.#overflowed;
      this.#overflowed = true;
      return rung ? undefined : "bell";
    }
    this.#bytes[this.#length++] = byte;
    return undefined;
  }

  /** Erases a whole UTF-8 character: its continuation bytes (10xxxxxx) and the one before them. */
  #eraseCharacter(): Key | undefined {
    if (this.#length === 0) return "bell";
    let byte: number;
    do {
      byte = this.#bytes[--this.#length] ?? 0;
      this.#bytes[this.#length] = 0;
    } while (this.#length > 0 && (byte & 0xc0) === 0x80);
    return undefined;
  }

  /** True when the byte belongs to an escape sequence. A control character never does: it breaks the sequence off. */
  #inSequence(byte: number): boolean {
    const before = this.#sequence;
    this.#sequence = following(before, byte);
    if (this.#sequence !== "none") return true;
    return byte >= 0x20 && (before === "control" || before === "single");
  }
}

/** ESC [ parameters letter, or ESC O letter; after another byte than these, ESC alone is passed over. */
function following(state: Sequence, byte: number): Sequence {
  if (byte === ESCAPE) return "escape";
  if (state === "escape") return byte === 0x5b ? "control" : byte === 0x4f ? "single" : "none";
  return state === "control" && byte >= 0x20 && byte < 0x40 ? "control" : "none";
}
