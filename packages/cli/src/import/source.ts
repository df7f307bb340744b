import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { usage } from "../failure/failure.ts";
import { readDescriptor } from "../input/descriptor.ts";

const STDIN = 0;
const MAX_FILE = 16 * 1024 * 1024;
const OTHERS = 0o077;

/** A file as it was read. The caller wipes the bytes. */
export interface Source {
  readonly bytes: Buffer;
  /** Somebody else may have read it too. */
  readonly open: boolean;
}

/** Reads a file of at most 16 MiB, or standard input for `-`. Throws a usage failure. */
export function readSource(path: string): Source {
  if (path === "-") return { bytes: read(STDIN, "standard input"), open: false };
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOCTTY);
  } catch (error) {
    throw usage(
      `the file cannot be opened (${(error as NodeJS.ErrnoException).code ?? ""})`,
      "name one that this user can read, or - for standard input",
    );
  }
  try {
    const stat = fstatSync(fd);
    return { bytes: read(fd, "the file"), open: stat.isFile() && (stat.mode & OTHERS) !== 0 };
  } finally {
    closeSync(fd);
  }
}

const read = (fd: number, what: string): Buffer => readDescriptor(fd, what, { limit: MAX_FILE, trim: false });
