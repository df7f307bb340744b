import type { Stats } from "node:fs";
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { cutFile, fileObjection } from "../platform/index.ts";
import { isOpenAt } from "../same-file.ts";
import type { Trouble } from "./notes.ts";

const MODE = 0o600;
/** Never through a link, and never waiting: a FIFO without a reader would hold up the whole agent. */
const FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The file could not be opened, or is none to write an audit to. */
export class AuditFileError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble, cause?: unknown) {
    super(`audit: ${trouble}`, { cause });
    this.trouble = trouble;
  }
}

/** One open file that lines are appended to, whole or not at all, for as long as it is what we left. */
export class AuditFile {
  readonly fd: number;
  /** What the file holds when nobody else has touched it. */
  #size: number;
  /** Part of a line stands behind that and could not be cut off yet. */
  #overhang = false;

  private constructor(fd: number, size: number) {
    this.fd = fd;
    this.#size = size;
  }

  /** Opens or makes it; `exclusive`: it must not exist. Throws an `AuditFileError`. */
  static open(path: string, exclusive = false): AuditFile {
    const fd = openAt(path, exclusive ? FLAGS | constants.O_EXCL : FLAGS);
    const stat = fstatSync(fd);
    const trouble = troubleOf(stat, fd);
    if (trouble === undefined) return new AuditFile(fd, stat.size);
    closeSync(fd);
    throw new AuditFileError(trouble);
  }

  get size(): number {
    return this.#size;
  }

  /** What is wrong with the file now; undefined when nothing is. Cuts off what a failed write has left, if it can. */
  trouble(): Trouble | undefined {
    if (this.#overhang && !this.#cutBack()) return "unwritable";
    try {
      const stat = fstatSync(this.fd);
      if (stat.nlink === 0) return "removed";
      if (stat.size !== this.#size) return stat.size < this.#size ? "cut" : "foreign";
      return troubleOf(stat, this.fd);
    } catch {
      return "unwritable";
    }
  }

  /** Appends lines. False: nothing of them is in the file, or what is will be cut off before the next. */
  append(lines: Buffer): boolean {
    try {
      if (writeSync(this.fd, lines) === lines.length) {
        this.#size += lines.length;
        return true;
      }
    } catch {
      // no space, a limit, or the disk: the same to whoever asks
    }
    this.#cutBack();
    return false;
  }

  /** Whether this is the file that the path names now. */
  isAt(path: string): boolean {
    return isOpenAt(path, this.fd);
  }

  #cutBack(): boolean {
    try {
      cutFile(this.fd, this.#size);
      this.#overhang = false;
    } catch {
      this.#overhang = true;
    }
    return !this.#overhang;
  }
}

function openAt(path: string, flags: number): number {
  try {
    return openSync(path, flags, MODE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const notAFile = code === "ELOOP" || code === "EISDIR" || code === "ENXIO";
    throw new AuditFileError(notAFile ? "kind" : "unopened", error);
  }
}

const troubleOf = (stat: Stats, fd: number): Trouble | undefined =>
  stat.isFile() ? fileObjection("audit", stat, fd) : "kind";
