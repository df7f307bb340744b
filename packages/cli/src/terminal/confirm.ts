import { closeSync, openSync, readSync } from "node:fs";
import { writeAll } from "../output/write.ts";
import { TERMINAL } from "../platform/terminal.ts";

const LONGEST_ANSWER = 256;

/** Asks a yes-or-no question on the terminal; no is the default. Undefined where there is no terminal to ask on. */
export function confirm(question: string): boolean | undefined {
  let input: number;
  let output: number;
  try {
    input = openSync(TERMINAL.input, "r+");
    output = openSync(TERMINAL.output, "w");
  } catch {
    return undefined;
  }
  try {
    writeAll(output, Buffer.from(`${question} [y/N] `));
    const room = Buffer.alloc(LONGEST_ANSWER);
    const typed = room.toString("utf8", 0, readSync(input, room)).trim().toLowerCase();
    return typed === "y" || typed === "yes";
  } finally {
    closeSync(input);
    closeSync(output);
  }
}
