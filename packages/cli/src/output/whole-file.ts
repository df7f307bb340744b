import { randomBytes } from "node:crypto";
import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const PRIVATE = 0o600;

/** What a file becomes. */
export interface WholeFile {
  /** Permission bits, whatever the umask is. */
  readonly mode: number;
  /** Writes the content; until it returns nobody else may look. */
  readonly fill: (fd: number) => void;
  /** Puts the finished file in its place; by default over what is there. */
  readonly place?: (temporary: string, path: string) => void;
}

/** Writes a file whole or not at all: beside its place, through to the disk, and then into it. Throws what the system answers, or `fill`. */
export function writeWhole(path: string, { mode, fill, place = renameSync }: WholeFile): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const fd = openSync(temporary, CREATE, PRIVATE);
  try {
    fillAndClose(fd, mode, fill);
    place(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncFolder(dirname(path));
}

function fillAndClose(fd: number, mode: number, fill: (fd: number) => void): void {
  try {
    fill(fd);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it is in place, or the folder has gone: the error that led here is the one to tell
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
