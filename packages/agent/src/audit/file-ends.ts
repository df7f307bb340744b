import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { headOf } from "./chain.ts";

/** Longer than any line: a path of 4 KiB of which every byte is escaped, and the rest. */
export const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** How a file ends. */
export interface FileEnd {
  /** The chain's head after the last whole line. */
  readonly head: Buffer;
  /** Whether the last byte is a newline. If not, and `torn`, it ends in a part of a line. */
  readonly closed: boolean;
  readonly torn: boolean;
}

/**
 * How an audit file ends, where the chain can go on from there: in a whole line, or in one that a crash has torn,
 * behind a whole one. undefined for everything else.
 */
export function endOf(fd: number): FileEnd | undefined {
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(Math.min(size, 2 * MAX_LINE_BYTES));
  if (readSync(fd, tail, 0, tail.length, size - tail.length) !== tail.length) return undefined;
  const lines = tail.toString("utf8").split("\n");
  const rest = lines.pop() ?? "";
  const whole = rest === "" ? undefined : headOf(rest);
  if (whole) return { head: whole, closed: false, torn: false };
  const head = headOf(lines.at(-1) ?? "");
  return head && { head, closed: rest === "", torn: rest !== "" };
}

/** The number in a file's first line; undefined where that is none. */
export function numberOf(fd: number): number | undefined {
  const start = Buffer.alloc(MAX_LINE_BYTES);
  const end = start.subarray(0, readSync(fd, start, 0, start.length, 0)).indexOf(NEWLINE);
  try {
    const first = JSON.parse(start.toString("utf8", 0, Math.max(end, 0))) as unknown;
    if (typeof first !== "object" || first === null || !("file" in first)) return undefined;
    return Number.isSafeInteger(first.file) && Number(first.file) > 0 ? Number(first.file) : undefined;
  } catch {
    return undefined;
  }
}

/** Looks into a file that need not be ours to write. undefined when it cannot be opened, or is no plain file. */
export function look<T>(path: string, into: (fd: number) => T): T | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return fstatSync(fd).isFile() ? into(fd) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
