import * as libc from "./libc.ts";
import type { FileId } from "./types.ts";

// Numbers from statx(2) and inode(7).
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Answers from what the kernel knows: a file system of a user's or across a network is not asked, and cannot stall us. */
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_BASIC_STATS = 0x7ff;
const O_PATH_CLOEXEC = 0o12000000; // open(2)
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** What is known of a file without opening it. */
export interface FileStatus {
  readonly id: FileId;
  readonly kind: "file" | "folder" | "link" | "other";
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly links: number;
}

const status = Buffer.alloc(256);

/** What a path itself means, a link not followed. Throws with a `code` where it means nothing. */
export const statusAt = (path: string): FileStatus => ask(path, AT_SYMLINK_NOFOLLOW);

/** What a path means, links followed. Throws with a `code` where it means nothing. */
export const statusBehind = (path: string): FileStatus => ask(path, 0);

/** The file that a link of /proc leads to, whatever its text reads like; undefined where it may not be followed. */
export function fileBehind(path: string): FileId | undefined {
  return call(path, 0) === 0 ? readId() : undefined;
}

/** A descriptor that stands for a file and cannot read it: its file system is not asked. The caller closes it. */
export function hold(path: string): number | undefined {
  const fd = path.includes("\0") ? -1 : libc.open(path, O_PATH_CLOEXEC);
  return fd < 0 ? undefined : fd;
}

function ask(path: string, flags: number): FileStatus {
  if (path.includes("\0")) throw Object.assign(new Error("a path holds no NUL"), { code: "ENOENT" });
  if (call(path, flags) !== 0) throw libc.lastError("statx");
  const mode = status.readUInt16LE(28);
  return {
    id: readId(),
    kind: KINDS.get(mode & S_IFMT) ?? "other",
    mode: mode & 0o7777,
    uid: status.readUInt32LE(20),
    links: status.readUInt32LE(16),
  };
}

const KINDS = new Map<number, FileStatus["kind"]>([
  [S_IFREG, "file"],
  [S_IFDIR, "folder"],
  [S_IFLNK, "link"],
]);

const call = (path: string, flags: number): number =>
  libc.statx(AT_FDCWD, path, flags | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, status);

/** The device number as stat(2) has it: minor in bits 0-7 and 20-31, major in 8-19. */
function readId(): FileId {
  const major = status.readUInt32LE(136);
  const minor = status.readUInt32LE(140);
  const device = (minor >>> 8) * 2 ** 20 + major * 256 + (minor & 0xff);
  return `${String(device)}:${String(status.readBigUInt64LE(32))}`;
}
