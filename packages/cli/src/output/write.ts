import { writeSync } from "node:fs";
import { EXIT, Failure } from "../failure/failure.ts";

const STDOUT = 1;
const STDERR = 2;
const AGAIN_MS = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread for a moment: a descriptor that someone else made non-blocking has no room now. */
export const pause = (ms: number): unknown => Atomics.wait(sleeper, 0, 0, ms);

/** Writes all bytes to a descriptor, waiting where it has no room. Throws what the system answers. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      pause(AGAIN_MS);
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EPIPE: "the reader of the output has gone",
  ENOSPC: "no space left for the output",
  EIO: "the output could not be written",
};

/** For the name of a system error. */
export const outputFailure = (code: string): Failure =>
  new Failure(EXIT.failed, REASONS[code] ?? `the output could not be written (${code})`);

/** Writes bytes of the answer to stdout, not through a stream: nothing keeps a copy, and a failure is told at once. */
export function answerBytes(...parts: readonly Uint8Array[]): void {
  try {
    for (const part of parts) writeAll(STDOUT, part);
  } catch (error) {
    throw outputFailure((error as NodeJS.ErrnoException).code ?? "EIO");
  }
}

/** Writes one line, or several, of the answer to stdout. */
export const answer = (text: string): void => answerBytes(Buffer.from(`${text}\n`));

/** Writes one JSON document to stdout. */
export const answerJson = (document: unknown): void => answer(JSON.stringify(document));

/** Writes one line to stderr. A closed stderr is no reason to fail: the exit status says it too. */
export function tell(line: string): void {
  try {
    writeAll(STDERR, Buffer.from(`agent: ${line}\n`));
  } catch {
    // nobody reads it
  }
}
