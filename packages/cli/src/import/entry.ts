import { secretBuffer } from "@sotto/client";

/** One secret as it stands in a file, before it has a name. */
export interface Entry {
  /** The keys that lead to it, as they are written, such as section and key. */
  readonly path: readonly string[];
  /** Where it stands, such as `line 3`: problems name the place, and never quote what is there. */
  readonly where: string;
  /** Whoever read the file wipes it. */
  readonly value: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a file holds. With problems, `entries` may be incomplete: nothing of them is used. */
export interface Parsed {
  readonly entries: readonly Entry[];
  /** Why the file cannot be taken as it is. */
  readonly problems: readonly string[];
  /** What is no secret and was passed over. */
  readonly leftOut?: readonly string[];
}

/** Reads the text of a file of one format. */
export type Reader = (text: string) => Parsed;

/** The UTF-8 bytes of a text, in a buffer of their own that can be wiped. */
export function bytesOf(text: string): Buffer {
  const bytes = secretBuffer(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** A file that cannot be read at all. */
export const unreadable = (problem: string): Parsed => ({ entries: [], problems: [problem] });
