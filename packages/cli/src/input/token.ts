import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { secretFileObjection } from "@sotto/client";
import { MAX_PASSPHRASE_BYTES } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import { isLinux } from "../platform/index.ts";
import { readDescriptor, tooLong, unreadable } from "./descriptor.ts";

const SOURCE = "the token file";
/** What a token file is refused for. */
export const TOKEN_REFUSALS = {
  unopened: (code: string) =>
    usage(`${SOURCE} cannot be opened (${code})`, "--token-file or SOTTO_TOKEN_FILE names it"),
  kind: () => usage(`${SOURCE} is not a regular file`),
  owner: () => usage(`${SOURCE} belongs to another user`),
  mode: () => usage(`${SOURCE} is open to others`, "close it with: chmod 600 FILE"),
  list: () =>
    usage(
      `${SOURCE} is open to others`,
      'close it with: icacls FILE /inheritance:r /grant:r "%USERNAME%:R" *S-1-5-18:F *S-1-5-32-544:F',
    ),
  unreadable: (code: string) => unreadable(SOURCE, code),
  tooLong: () => tooLong(SOURCE, MAX_PASSPHRASE_BYTES),
};

/** A FIFO must not hang us, and a symbolic link could be swapped for another file. On Windows the file that was opened is judged. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The token that a job was given the file of, if any. The caller wipes it. */
export function tokenOf(call: Call<{ readonly tokenFile?: string }>): Buffer | undefined {
  const file = call.options.tokenFile ?? process.env["SOTTO_TOKEN_FILE"];
  return file === undefined || file === "" ? undefined : readToken(file);
}

/**
 * The token in a file, one newline at the end left out. The file must belong to this user or root, and be of mode 0400 or
 * 0600; on Windows it must belong to this account, the system or Administrators, and its access list name nobody else. Else
 * someone else could have read or placed it. The caller wipes the result.
 */
export function readToken(path: string): Buffer {
  const fd = open(path);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw TOKEN_REFUSALS.kind();
    const objection = secretFileObjection(fd);
    if (objection === "owner") throw TOKEN_REFUSALS.owner();
    if (objection === "mode") throw isLinux ? TOKEN_REFUSALS.mode() : TOKEN_REFUSALS.list();
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
