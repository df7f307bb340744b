/** JSON of things that may not become strings: it is put together from bytes, in buffers that can be wiped. */
import { isUtf8 } from "node:buffer";
import { secretBuffer, secretCopy, wipe } from "@sotto/client";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const HEX = Buffer.from("0123456789abcdef");
const LONGEST_ESCAPE = 6;

/** The bytes of a JSON string, with its quotes, for valid UTF-8. The caller wipes the result. */
export function jsonString(text: Uint8Array): Buffer {
  const room = secretBuffer(text.length * LONGEST_ESCAPE + 2);
  let at = 0;
  room[at++] = QUOTE;
  for (const byte of text) at = escape(byte, room, at);
  room[at++] = QUOTE;
  return fitted(room, at);
}

function escape(byte: number, into: Buffer, at: number): number {
  if (byte < SPACE) {
    into.write("\\u00", at, "latin1");
    into[at + 4] = HEX[byte >> 4] ?? 0;
    into[at + 5] = HEX[byte & 15] ?? 0;
    return at + LONGEST_ESCAPE;
  }
  let end = at;
  if (byte === QUOTE || byte === BACKSLASH) into[end++] = BACKSLASH;
  into[end] = byte;
  return end + 1;
}

/** Moves the bytes to a buffer of their size and wipes the larger one. */
function fitted(room: Buffer, length: number): Buffer {
  const result = secretCopy(room, length);
  wipe(room);
  return result;
}

const BASE64 = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;

/** Base64, as bytes. The caller wipes the result. */
export function base64(bytes: Uint8Array): Buffer {
  const result = secretBuffer(Math.ceil(bytes.length / 3) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const [a = 0, b, c] = bytes.subarray(from, from + 3);
    result[to] = BASE64[a >> 2] ?? 0;
    result[to + 1] = BASE64[((a & 3) << 4) | ((b ?? 0) >> 4)] ?? 0;
    result[to + 2] = b === undefined ? PADDING : (BASE64[((b & 15) << 2) | ((c ?? 0) >> 6)] ?? 0);
    result[to + 3] = c === undefined ? PADDING : (BASE64[c & 63] ?? 0);
  }
  return result;
}

/** `"encoding":"utf8","value":"..."`, or base64 where the value is not text. The caller wipes the parts. */
export function valueMembers(value: Uint8Array): Buffer[] {
  if (isUtf8(value)) return [Buffer.from('"encoding":"utf8","value":'), jsonString(value)];
  return [Buffer.from('"encoding":"base64","value":"'), base64(value), Buffer.from('"')];
}
