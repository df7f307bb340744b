import { read } from "./scanner.ts";
import type { HeaderValue } from "./writer.ts";
import { write } from "./writer.ts";

export type { HeaderValue } from "./writer.ts";

/** The fields of a header; undefined ones are left out. */
export type HeaderFields = Readonly<Record<string, HeaderValue | undefined>>;
/** A decoded header: maps stay `Map`s, so that no key can reach a prototype. */
export type DecodedHeader = ReadonlyMap<string, unknown>;

/** Encodes a header. Throws `too-large` above the limit of 16 KiB, and a RangeError for a number that is no safe integer. */
export const encodeHeader = (fields: HeaderFields): Buffer => write(fields);

/** Decodes a header, strictly. Throws `bad-frame` or `bad-request`, never a message that quotes the bytes. */
export const decodeHeader = (bytes: Uint8Array): DecodedHeader => read(bytes);
