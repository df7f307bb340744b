import { readSync } from "node:fs";
import { pause } from "../output/write.ts";

const CHUNK_BYTES = 256 * 1024;
/** A path of 4095 bytes, each of them escaped, takes less than half of it. */
export const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** Somebody may be in the middle of writing the last line. */
const PATIENCE = { times: 5, ms: 40 };

/** One line of a file without its newline. */
export interface RawLine {
  readonly bytes: Buffer;
  /** Its newline is there too, and it is no longer than a record can be. */
  readonly whole: boolean;
}

/** The lines of an open file, read piece by piece: never more than a piece and a line in memory. */
export function* linesOf(fd: number): Generator<RawLine> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  for (let length = read(fd, chunk, rest); length > 0; length = read(fd, chunk, rest)) {
    const data = Buffer.concat([rest, chunk.subarray(0, length)]);
    let from = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, from)) {
      yield { bytes: data.subarray(from, end), whole: end - from <= MAX_LINE_BYTES };
      from = end + 1;
    }
    // of a line that is too long, enough is kept to know that it is
    rest = Buffer.from(data.subarray(from, from + MAX_LINE_BYTES + 1));
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}

/** Reads on; at the end of the file within a line it waits a moment for the rest of it. */
function read(fd: number, chunk: Buffer, rest: Buffer): number {
  for (let tries = 0; ; tries++) {
    const length = readSync(fd, chunk);
    if (length > 0 || rest.length === 0 || tries === PATIENCE.times) return length;
    pause(PATIENCE.ms);
  }
}
