import { fstatSync, lstatSync } from "node:fs";

/**
 * Whether an open file is what a path names, a link not followed. By numbers that are exact: they have 64 bits, and on
 * NTFS two files that lie side by side would read alike as floating-point numbers.
 */
export function isOpenAt(path: string, fd: number): boolean {
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return there?.dev === dev && there.ino === ino;
}
