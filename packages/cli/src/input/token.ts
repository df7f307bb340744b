import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { MAX_PASSPHRASE_BYTES } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import { readDescriptor } from "./descriptor.ts";

const OTHERS_OR_EXECUTE = 0o7177;
/** A FIFO must not hang us, and a symbolic link could be swapped for another file. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The token in a file, one newline at the end left out. The file must be of mode 0400 or 0600 and belong to this user
 * or root: else someone else could have read or placed it. The caller wipes the result.
 */
export function readToken(path: string): Buffer {
  const fd = open(path);
  try {
    const stat = fstatSync(fd);
    const owners = [0, process.geteuid?.()];
    if (!stat.isFile()) throw usage("the token file is not a regular file");
    if (!owners.includes(stat.uid)) throw usage("the token file belongs to another user");
    if ((stat.mode & OTHERS_OR_EXECUTE) !== 0)
      throw usage("the token file is open to others", "close it with: chmod 600 FILE");
    return readDescriptor(fd, "the token file", { limit: MAX_PASSPHRASE_BYTES, trim: true });
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    return openSync(path, FLAGS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw usage(`the token file cannot be opened (${code})`, "--token-file or SOTTO_TOKEN_FILE names it");
  }
}
