import { hash } from "node:crypto";

export const HEAD_BYTES = 32;
/** The chain before the very first line. */
export const NO_HEAD = Buffer.alloc(HEAD_BYTES);

/** A line of the audit, ready to be written, and the head of the chain once it is. */
export interface ChainedLine {
  /** Until the next line is made: all are made in the same place. */
  readonly line: Buffer;
  readonly head: Buffer;
}

const SUFFIX_BYTES = Buffer.byteLength(`,"chain":"${NO_HEAD.toString("hex")}"}\n`);
let scratch = Buffer.alloc(4096);

/** Chains a record, given as a JSON object, to what came before: SHA-256(previous head | the object without its last brace). */
export function chained(previous: Buffer, json: string): ChainedLine {
  reserve(HEAD_BYTES + 3 * json.length + SUFFIX_BYTES); // a character takes at most 3 bytes of UTF-8
  previous.copy(scratch);
  const end = HEAD_BYTES + scratch.write(json, HEAD_BYTES) - 1;
  const digits = hash("sha256", scratch.subarray(0, end), "hex");
  const length = scratch.write(`,"chain":"${digits}"}\n`, end, "latin1");
  return { line: scratch.subarray(HEAD_BYTES, end + length), head: Buffer.from(digits, "hex") };
}

/** Chains records to what came before and to one another. `lines` holds as long as a `line` does. */
export function chainedAll(previous: Buffer, jsons: readonly string[]): { lines: Buffer; head: Buffer } {
  const copies: Buffer[] = [];
  let head = previous;
  for (const json of jsons) {
    const made = chained(head, json);
    if (jsons.length === 1) return { lines: made.line, head: made.head };
    copies.push(Buffer.from(made.line));
    head = made.head;
  }
  return { lines: Buffer.concat(copies), head };
}

function reserve(bytes: number): void {
  if (scratch.length < bytes) scratch = Buffer.alloc(bytes);
}

const CHAIN = /,"chain":"([0-9a-f]{64})"\}$/;

/** The head that a line claims; undefined for what is no whole line of an audit. Its truth is for `audit verify` to find. */
export function headOf(line: string): Buffer | undefined {
  const digits = CHAIN.exec(line)?.[1];
  return digits === undefined ? undefined : Buffer.from(digits, "hex");
}
