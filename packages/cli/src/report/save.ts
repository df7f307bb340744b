import { linkSync, lstatSync, unlinkSync } from "node:fs";
import { usage } from "../failure/failure.ts";
import { writeWhole } from "../output/whole-file.ts";
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
  writeWhole(path, {
    mode: MODE,
    fill: (fd) => writeAll(fd, Buffer.from(text)),
    ...(!force && { place: putInPlace }),
  });
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
