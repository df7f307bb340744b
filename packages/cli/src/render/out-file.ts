import { closeSync, constants, fchownSync, fstatSync, openSync, readSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { secretBuffer, wipe } from "@sotto/client";
import { isMemory } from "../exec/memory-file.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { writeWhole } from "../output/whole-file.ts";
import { writeAll } from "../output/write.ts";

/** Where the result goes, and how. */
export interface Target {
  readonly path: string;
  readonly mode: number;
  /** undefined: that of who calls. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** A FIFO must not hang us, and a symbolic link be left alone. */
const LOOK = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const PERMISSIONS = 0o7777;

/** Throws a usage failure where a file in that folder would be on a disk. */
export function checkFolder({ path }: Target): void {
  if (inMemory(dirname(path))) return;
  throw usage(
    "the folder of --out is not in memory",
    "name one on a tmpfs, such as /run or /dev/shm; --allow-disk writes to a disk",
  );
}

function inMemory(folder: string): boolean {
  try {
    return isMemory(folder);
  } catch (error) {
    throw usage(`the folder of --out cannot be used (${codeOf(error)})`);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

/** Puts the bytes in place, whole or not at all. False where they, mode and owner were there already: nothing is written. */
export function putInPlace(target: Target, parts: readonly Uint8Array[], allowDisk: boolean): boolean {
  if (isThere(target, parts)) return false;
  try {
    writeWhole(target.path, { mode: target.mode, fill: (fd) => fill(fd, target, parts, allowDisk) });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.failed, `the file of --out could not be written (${codeOf(error)})`);
  }
  return true;
}

/** Looks at the file system again, at the file itself: the folder may have become another one. */
function fill(fd: number, { uid, gid }: Target, parts: readonly Uint8Array[], allowDisk: boolean): void {
  if (!allowDisk && !isMemory(`/proc/self/fd/${fd}`)) throw usage("the folder of --out is not in memory");
  for (const part of parts) writeAll(fd, part);
  if (uid === undefined && gid === undefined) return;
  const now = fstatSync(fd);
  fchownSync(fd, uid ?? now.uid, gid ?? now.gid);
}

/** Whether the file is what it would become. Throws a usage failure for what is no file: it is not written over. */
function isThere(target: Target, parts: readonly Uint8Array[]): boolean {
  let fd: number;
  try {
    fd = openSync(target.path, LOOK);
  } catch (error) {
    if (codeOf(error) === "ELOOP") throw notAFile();
    return false; // absent, or not ours to read
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw notAFile();
    return isAlike(stat, target) && holds(fd, stat.size, parts);
  } finally {
    closeSync(fd);
  }
}

const notAFile = (): Failure => usage("what is at --out is not a regular file", "it is left alone");

const isAlike = (stat: Stats, { mode, uid, gid }: Target): boolean =>
  (stat.mode & PERMISSIONS) === mode &&
  stat.uid === (uid ?? process.geteuid?.()) &&
  (gid === undefined || stat.gid === gid) &&
  stat.nlink === 1;

function holds(fd: number, size: number, parts: readonly Uint8Array[]): boolean {
  if (size !== parts.reduce((sum, part) => sum + part.length, 0)) return false;
  const largest = Math.max(0, ...parts.map((part) => part.length));
  const room = secretBuffer(largest);
  try {
    return parts.every((part) => {
      const read = readExactly(fd, room.subarray(0, part.length));
      return read && room.subarray(0, part.length).equals(part);
    });
  } finally {
    wipe(room);
  }
}

function readExactly(fd: number, into: Buffer): boolean {
  for (let at = 0; at < into.length;) {
    const count = readSync(fd, into, at, into.length - at, null);
    if (count === 0) return false;
    at += count;
  }
  return true;
}
