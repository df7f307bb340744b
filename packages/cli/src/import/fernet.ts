/** Fernet tokens: https://github.com/fernet/spec/blob/master/Spec.md, version 0x80. */
import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { secretBuffer, wipe } from "@sotto/client";
import { usage } from "../failure/failure.ts";

const VERSION = 0x80;
const KEY_BYTES = 32;
const HALF_KEY = 16;
/** Version and time. */
const IV_AT = 9;
const CIPHERTEXT_AT = 25;
const HMAC_BYTES = 32;
const BLOCK = 16;

/**
 * Decrypts a token, both it and the key as their base64 texts. The time in it is not judged: a file is as old as it is.
 * Throws a usage failure. The caller wipes the result.
 */
export function decryptFernet(tokenText: Uint8Array, keyText: Uint8Array): Buffer {
  const key = decodeBase64Url(keyText);
  const token = decodeBase64Url(tokenText);
  try {
    if (key?.length !== KEY_BYTES) throw usage("--key-fd gives no fernet key", "it is 32 bytes as base64url");
    if (token === undefined || !isToken(token)) throw usage("the file is no fernet token");
    return open(token, key);
  } finally {
    if (key !== undefined) wipe(key);
  }
}

function isToken(token: Buffer): boolean {
  const ciphertext = token.length - CIPHERTEXT_AT - HMAC_BYTES;
  return token[0] === VERSION && ciphertext >= BLOCK && ciphertext % BLOCK === 0;
}

/** The first half of the key signs, the second encrypts. */
function open(token: Buffer, key: Buffer): Buffer {
  const end = token.length - HMAC_BYTES;
  const mac = createHmac("sha256", key.subarray(0, HALF_KEY)).update(token.subarray(0, end)).digest();
  if (!timingSafeEqual(mac, token.subarray(end)))
    throw usage("the key does not fit the file, or the file was changed");
  const iv = token.subarray(IV_AT, CIPHERTEXT_AT);
  const decipher = createDecipheriv("aes-128-cbc", key.subarray(HALF_KEY), iv);
  const parts = [decipher.update(token.subarray(CIPHERTEXT_AT, end))];
  try {
    parts.push(decipher.final());
    return joined(parts);
  } catch {
    throw usage("the file is no fernet token: its padding is wrong");
  } finally {
    parts.forEach(wipe);
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  const result = secretBuffer(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(result, at);
  return result;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SIX_BITS = new Map([...Buffer.from(DIGITS).entries()].map(([bits, digit]) => [digit, bits]));
const PADDING = 0x3d;

/** The bytes of a base64url text with its padding, one newline after it left out; undefined for anything else. No string is made of it. */
export function decodeBase64Url(text: Uint8Array): Buffer | undefined {
  const length = text.length - newlineAt(text);
  if (length % 4 !== 0) return undefined;
  const padding = [1, 2].filter((back) => text[length - back] === PADDING).length;
  const digits = length - padding;
  const result = secretBuffer(Math.floor((digits * 3) / 4));
  let held = 0;
  for (let at = 0, to = 0, bits = 0; at < digits; at++) {
    const six = SIX_BITS.get(text[at] ?? 0);
    if (six === undefined) return undefined;
    held = ((held << 6) | six) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    result[to++] = (held >> bits) & 0xff;
    held &= (1 << bits) - 1;
  }
  return held === 0 ? result : undefined; // else other texts would mean the same bytes
}

/** How many bytes of a line end there are. */
function newlineAt(text: Uint8Array): number {
  if (text.at(-1) !== 0x0a) return 0;
  return text.at(-2) === 0x0d ? 2 : 1;
}
