import type { Stats } from "node:fs";
import { lstatSync, readlinkSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { fromErrno } from "./errno.ts";
import { SottoError } from "./sotto-error.ts";

/** As many as the kernel follows (path_resolution(7)). */
export const MAX_SYMLINKS = 40;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Makes sure that only a trusted owner can have put the socket at `path` there, before a byte is sent to it:
 * every folder and symbolic link on the way, and the socket itself, must belong to one, and nobody else may write
 * in a folder, unless it is sticky (then nobody else can replace the entry below it, whose owner is judged next).
 * The mode of the socket itself is not judged: rules decide who gets what, not who may connect.
 *
 * Throws a `SottoError`: `untrusted`, or `unreachable` when there is nothing to judge or it is no socket.
 */
export function checkTrust(path: string, isTrusted: (uid: number) => boolean): void {
  new Walk(isTrusted).run(path);
}

class Walk {
  readonly #isTrusted: (uid: number) => boolean;
  /** The folder reached so far: judged, and without symbolic links. */
  #at = "/";
  /** Names still to visit, the next one last. */
  #ahead: string[] = [];
  #symlinks = 0;

  constructor(isTrusted: (uid: number) => boolean) {
    this.#isTrusted = isTrusted;
  }

  run(path: string): void {
    this.#enter(path);
    this.#folder("/", look("/"));
    for (let name = this.#ahead.pop(); name !== undefined; name = this.#ahead.pop()) {
      if (this.#step(name)) return;
    }
    throw SottoError.because("not-a-socket"); // the path ended on a folder
  }

  /** Puts the names of a path before those still to visit. */
  #enter(path: string): void {
    if (isAbsolute(path)) this.#at = "/";
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    this.#ahead.push(...names.reverse());
  }

  /** Visits one name; true when it is the socket at the end of the path. */
  #step(name: string): boolean {
    const path = join(this.#at, name);
    if (name === "..") this.#at = path;
    else return this.#judge(path, look(path));
    return false;
  }

  #judge(path: string, stats: Stats): boolean {
    if (stats.isDirectory()) return this.#folder(path, stats);
    if (!this.#isTrusted(stats.uid)) throw untrusted(path, "belongs to another user");
    if (stats.isSymbolicLink()) return this.#follow(path);
    if (!stats.isSocket() || this.#ahead.length > 0) throw SottoError.because("not-a-socket");
    return true;
  }

  #follow(path: string): false {
    if (++this.#symlinks > MAX_SYMLINKS) throw untrusted(path, "is one symbolic link too many");
    this.#enter(target(path));
    return false;
  }

  #folder(path: string, stats: Stats): false {
    if (!this.#isTrusted(stats.uid)) throw untrusted(path, "belongs to another user");
    const open = (stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0;
    if (open) throw untrusted(path, "may be written by others");
    this.#at = path;
    return false;
  }
}

/** The path at fault goes into the cause: it is the user's own, and says what to put right. */
const untrusted = (path: string, why: string): SottoError =>
  new SottoError("untrusted", { cause: new Error(`${path} ${why}`) });

function look(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (cause) {
    throw fromErrno(cause);
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch (cause) {
    throw fromErrno(cause);
  }
}
