import { ProtocolError } from "./errors.ts";
import { MAX_HEADER_BYTES } from "./limits.ts";
import { pack, unpack } from "./msgpack.ts";

/** A value that a header may hold. A secret is never one of them. */
export type HeaderValue =
  | string
  | number
  | boolean
  | null
  | readonly HeaderValue[]
  | { readonly [key: string]: HeaderValue | undefined };
/** The fields of a header; undefined ones are left out. */
export type HeaderFields = Readonly<Record<string, HeaderValue | undefined>>;
/** A decoded header: maps stay `Map`s, so that no key can reach a prototype. */
export type DecodedHeader = ReadonlyMap<string, unknown>;

/** Encodes a header. Throws `too-large` above the limit of 16 KiB. */
export function encodeHeader(fields: HeaderFields): Buffer {
  const bytes = pack(fields);
  if (bytes.length > MAX_HEADER_BYTES) throw new ProtocolError("too-large");
  return bytes;
}

/** Decodes a header after the strict scan. Throws `bad-frame` or `bad-request`, never a message that quotes the bytes. */
export function decodeHeader(bytes: Uint8Array): DecodedHeader {
  return unpack(bytes);
}
