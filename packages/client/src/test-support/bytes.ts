/** Helpers for tests that write bytes by hand. Not part of the package. */
import { ProtocolError } from "../protocol/errors.ts";
import { writePrefix } from "../protocol/frame.ts";
import type { HeaderFields } from "../protocol/header.ts";
import { encodeHeader } from "../protocol/header.ts";
import { PREFIX_BYTES } from "../protocol/limits.ts";

/** Bytes from hexadecimal digits with spaces. */
export function hex(digits: string): Buffer {
  const compact = digits.replaceAll(/\s/g, "");
  if (!/^(?:[0-9a-f]{2})*$/.test(compact)) throw new Error("not hexadecimal");
  return Buffer.from(compact, "hex");
}

/** A msgpack string of at most 31 bytes; its bytes need not be UTF-8. */
export function str(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 31) throw new Error("too long for a short string");
  return Buffer.concat([Buffer.from([0xa0 + bytes.length]), bytes]);
}

/** A map of one entry whose key is `x`. */
export function mapOf(value: Uint8Array): Buffer {
  return Buffer.concat([hex("81 a1 78"), value]);
}

/** A frame out of the bytes of its header and payload. */
export function frameOf(header: Uint8Array, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  writePrefix(prefix, header.length, payload.length);
  return Buffer.concat([prefix, header, payload]);
}

/** A frame out of the fields of its header. */
export function frame(fields: HeaderFields, payload?: Uint8Array): Buffer {
  return frameOf(encodeHeader(fields), payload);
}

/** What `act` comes to: the code of the `ProtocolError` that it throws, or `accept`. Any other error is passed on. */
export function outcome(act: () => unknown): string {
  try {
    act();
    return "accept";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}
