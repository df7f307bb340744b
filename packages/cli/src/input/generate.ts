import { randomFillSync } from "node:crypto";
import { wipe } from "@sotto/client";
import { secretBuffer } from "@sotto/client";

/** Characters that need no quoting in a URL, a shell or a configuration file: the unreserved ones of RFC 3986. */
const ALPHABET = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
/** Bytes from here on would make the first characters of the alphabet more likely than the others. */
const FAIR = 256 - (256 % ALPHABET.length);

export const DEFAULT_LENGTH = 32;
export const SHORTEST = 16;
export const LONGEST = 1024;

/** Random characters, each as likely as any other; about 6 bits each. The caller wipes the result. */
export function generate(length: number, fillRandom: (bytes: Buffer) => unknown = randomFillSync): Buffer {
  const result = secretBuffer(length);
  const dice = secretBuffer(length);
  for (let have = 0; have < length;) {
    fillRandom(dice);
    for (const byte of dice) {
      if (byte < FAIR && have < length) result[have++] = ALPHABET[byte % ALPHABET.length] ?? 0;
    }
  }
  wipe(dice);
  return result;
}
