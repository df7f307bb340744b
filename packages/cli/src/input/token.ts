import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { MAX_PASSPHRASE_BYTES } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import { readDescriptor, tooLong, unreadable } from "./descriptor.ts";

const SOURCE = "the token file";
/** What a token file is refused for. */
export const TOKEN_REFUSALS = {
  unopened: (code: string) =>
    usage(`${SOURCE} cannot be opened (${code})`, "--token-file or SOTTO_TOKEN_FILE names it"),
  kind: () => usage(`${SOURCE} is not a regular file`),
  owner: () => usage(`${SOURCE} belongs to another user`),
  mode: () => usage(`${SOURCE} is open to others`, "close it with: chmod 600 FILE"),
  unreadable: (code: string) => unreadable(SOURCE, code),
  tooLong: () => tooLong(SOURCE, MAX_PASSPHRASE_BYTES),
};

const OTHERS_OR_EXECUTE = 0o7177;
/** A FIFO must not hang us, and a symbolic link could be swapped for another file. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The token that a job was given the file of, if any. The caller wipes it. */
export function tokenOf(call: Call<{ readonly tokenFile?: string }>): Buffer | undefined {
  const file = call.options.tokenFile ?? process.env["SOTTO_TOKEN_FILE"];
  return file === undefined || file === "" ? undefined : readToken(file);
}

/**
 * The token in a file, one newline at the end left out. The file must be of mode 0400 or 0600 and belong to this user
 * or root: else someone else could have read or placed it. The caller wipes the result.
 */
export function readToken(path: string): Buffer {
  const fd = open(path);
  try {
    const stat = fstatSync(fd);
    const owners = [0, process.geteuid?.()];
    if (!stat.isFile()) throw TOKEN_REFUSALS.kind();
    if (!owners.includes(stat.uid)) throw TOKEN_REFUSALS.owner();
    if ((stat.mode & OTHERS_OR_EXECUTE) !== 0) throw TOKEN_REFUSALS.mode();
    return readDescriptor(fd, SOURCE, { limit: MAX_PASSPHRASE_BYTES, trim: true });
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    return openSync(path, FLAGS);
  } catch (error) {
    throw TOKEN_REFUSALS.unopened((error as NodeJS.ErrnoException).code ?? "");
  }
}
