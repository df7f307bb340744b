import type { Stats } from "node:fs";
import { closeSync, constants, fstatSync, lstatSync, openSync, read, write } from "node:fs";
import { promisify } from "node:util";
import { AgentError } from "../errors.ts";
import { fileObjection, openFolder } from "../platform/index.ts";
import { isOpenAt } from "../same-file.ts";
import { damaged } from "./damage.ts";
import { MIN_VAULT_BYTES } from "./header.ts";
import { MAX_VAULT_BYTES } from "./limits.ts";

const readAt = promisify(read);
const writeAt = promisify(write);

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;
const PIECE_BYTES = 256 * 1024;

/** Nothing that waits and nothing through a link: a FIFO without a writer must not hold up the agent. */
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** Runs `work` with an open descriptor, which is closed whatever happens. Node sets O_CLOEXEC by itself. */
async function withDescriptor<T>(fd: number, work: (fd: number) => Promise<T>): Promise<T> {
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Runs `work` with a file of our own, made by it. */
export function withNewFile<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  return withDescriptor(openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600), work);
}

/** Runs `work` with a file that is made when it is not there yet. */
export function withLockFile<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  return withDescriptor(openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600), work);
}

/** Runs `work` with a folder, for syncing it. */
export function withFolder<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  return withDescriptor(openFolder(path), work);
}

/** Runs `work` with a file opened for reading. */
export function withFile<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  return withDescriptor(openSync(path, READ), work);
}

/**
 * Runs `work` with the vault and its size in bytes. Throws `uninitialised` when there is none, and `vault-damaged`
 * for anything but a regular file that only we or root could have written (`not-a-file owner mode links size`).
 * `backup` may be a second name of the same file: a crash can leave it so.
 */
export function withVault<T>(
  path: string,
  backup: string,
  work: (fd: number, size: number) => Promise<T>,
): Promise<T> {
  return withDescriptor(openVault(path), (fd) => {
    const stats = fstatSync(fd);
    judge(stats, fd, backup);
    return work(fd, stats.size);
  });
}

function openVault(path: string): number {
  try {
    return openSync(path, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new AgentError("uninitialised", { cause: error });
    if (code === "EMFILE" || code === "ENFILE") throw new AgentError("busy", { cause: error });
    throw damaged(code === "EACCES" ? "mode" : "not-a-file", error);
  }
}

function judge(stats: Stats, fd: number, backup: string): void {
  if (!stats.isFile()) throw damaged("not-a-file");
  const objection = fileObjection("vault", stats, fd);
  if (objection !== undefined) throw damaged(objection);
  if (stats.nlink !== 1 && !(stats.nlink === 2 && isOpenAt(backup, fd))) throw damaged("links");
  if (stats.size < MIN_VAULT_BYTES || stats.size > MAX_VAULT_BYTES) throw damaged("size");
}

/** What is at `path` itself, a link not followed; undefined for nothing. */
export function statsOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Reads `length` bytes from the start, or fewer where the file ends. */
export async function readStart(fd: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await readAt(fd, bytes, at, length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

/** Whether a file holds exactly `bytes`, which a large file is not read whole for. */
export async function holds(fd: number, bytes: Buffer): Promise<boolean> {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, bytes.length + 1));
  let at = 0;
  for (;;) {
    const { bytesRead } = await readAt(fd, piece, 0, piece.length, at);
    if (bytesRead === 0) return at === bytes.length;
    const end = at + bytesRead;
    if (end > bytes.length || bytes.compare(piece, 0, bytesRead, at, end) !== 0) return false;
    at = end;
  }
}

/** Writes all of `bytes`; a write may take only a part. */
export async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await writeAt(fd, bytes, at, bytes.length - at, at);
    if (bytesWritten === 0) throw new Error("the system wrote nothing");
    at += bytesWritten;
  }
}
