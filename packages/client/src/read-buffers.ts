import { FRAME_SCRATCH_BYTES } from "./protocol/frame.ts";

/** What one connection reads into; all zeros while no connection has it. */
export interface ReadBuffers {
  readonly read: Buffer;
  /** For a header that arrives in pieces. */
  readonly scratch: Buffer;
}

/** Bytes read at a time. */
const READ_BYTES = 64 * 1024;
/** Pairs kept for the next connections: fresh memory of this size costs more than a whole fetch. */
export const MOST_SPARE = 4;
const spare: ReadBuffers[] = [];

/** Buffers of their own and not of Node's pool, so that nothing else ever lies beside a secret. */
export function takeBuffers(): ReadBuffers {
  return (
    spare.pop() ?? {
      read: Buffer.allocUnsafeSlow(READ_BYTES),
      scratch: Buffer.allocUnsafeSlow(FRAME_SCRATCH_BYTES),
    }
  );
}

/** Takes back buffers that nothing reads into any more. The caller has wiped what was used of `read`. */
export function giveBuffers(buffers: ReadBuffers): void {
  buffers.scratch.fill(0);
  if (spare.length < MOST_SPARE) spare.push(buffers);
}
