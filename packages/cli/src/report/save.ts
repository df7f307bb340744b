import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { usage } from "../failure/failure.ts";
import { writeAll } from "../output/write.ts";

const MODE = 0o600;

/** Fails where there is something already. */
export function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw alreadyThere();
}

/**
 * Writes a file that nobody else may read, whole or not at all. An existing one is kept unless `force`.
 * Throws what the system answers.
 */
export function save(path: string, text: string, force: boolean): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const fd = openSync(temporary, "wx", MODE);
  try {
    try {
      writeAll(fd, Buffer.from(text));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (force) renameSync(temporary, path);
    else putInPlace(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}

/** A link, unlike a rename, fails where something is: also where it has come meanwhile. */
function putInPlace(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw alreadyThere();
    throw error;
  }
  unlinkSync(temporary);
}

const alreadyThere = (): Error =>
  usage("the file for the page exists already", "name another, or write over it with --force");
