import { closeSync, openSync, readSync } from "node:fs";
import { writeAll } from "../output/write.ts";

const PATH = "/dev/tty";
const LONGEST_ANSWER = 256;

/** Asks a yes-or-no question on the terminal; no is the default. Undefined where there is no terminal to ask on. */
export function confirm(question: string): boolean | undefined {
  let fd: number;
  try {
    fd = openSync(PATH, "r+");
  } catch {
    return undefined;
  }
  try {
    writeAll(fd, Buffer.from(`${question} [y/N] `));
    const room = Buffer.alloc(LONGEST_ANSWER);
    const typed = room.toString("utf8", 0, readSync(fd, room)).trim().toLowerCase();
    return typed === "y" || typed === "yes";
  } finally {
    closeSync(fd);
  }
}
