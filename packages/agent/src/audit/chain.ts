import { createHash } from "node:crypto";

export const HEAD_BYTES = 32;
/** The chain before the very first line. */
export const NO_HEAD = Buffer.alloc(HEAD_BYTES);

/** A line of the audit, ready to be written, and the head of the chain once it is. */
export interface ChainedLine {
  readonly line: Buffer;
  readonly head: Buffer;
}

/** Chains a record, given as a JSON object, to what came before: SHA-256(previous head | the object without its last brace). */
export function chained(previous: Buffer, json: string): ChainedLine {
  const body = json.slice(0, -1);
  const head = createHash("sha256").update(previous).update(body).digest();
  return { line: Buffer.from(`${body},"chain":"${head.toString("hex")}"}\n`), head };
}

const CHAIN = /,"chain":"([0-9a-f]{64})"\}$/;

/** The head that a line claims; undefined for what is no whole line of an audit. Its truth is for `audit verify` to find. */
export function headOf(line: string): Buffer | undefined {
  const digits = CHAIN.exec(line)?.[1];
  return digits === undefined ? undefined : Buffer.from(digits, "hex");
}
