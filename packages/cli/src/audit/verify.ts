import type { Judge } from "./checkpoints.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Fault } from "./walk.ts";
import { Walk } from "./walk.ts";

/** What was found about an audit. */
export interface Verification {
  /** Lines whose chain is good, from the first on, and the files that they stand in. */
  readonly lines: number;
  readonly files: number;
  /** Parts of lines that the agent itself says were torn. */
  readonly torn: number;
  /** The first one. */
  readonly fault: Fault | undefined;
  /** undefined: there was nobody to judge them. */
  readonly checkpoints: Checkpoints | undefined;
}

/** Follows the chain through the whole audit of a home, up to the first fault, and has the checkpoints judged. */
export async function verify(home: string, judge?: Judge): Promise<Verification> {
  const checkpoints = judge && new Checkpoints(judge);
  const walk = new Walk(home);
  for (let line = walk.next(); line !== undefined; line = walk.next()) await checkpoints?.add(line);
  await checkpoints?.flush();
  const { lines, files, torn } = walk;
  return { lines, files, torn, fault: (checkpoints && faultOf(checkpoints)) ?? walk.fault, checkpoints };
}

/** Checkpoints stand on lines whose chain is good: a bad one comes before any fault of the chain. */
function faultOf({ forged, unvouched }: Checkpoints): Fault | undefined {
  const first = [
    forged && { file: forged.file, line: forged.line, lines: forged.lines, kind: "checkpoint" as const },
    unvouched && {
      file: unvouched.file,
      line: unvouched.line,
      lines: unvouched.lines,
      kind: "checkpoint-key" as const,
    },
  ]
    .filter((one) => one !== undefined)
    .sort((a, b) => a.lines - b.lines)[0];
  return first && { file: first.file, line: first.line, kind: first.kind };
}
