import type { Stats } from "node:fs";
import { closeSync, ftruncateSync } from "node:fs";
import { api, descriptorFor, fileObjection as openFileObjection, folderObjection } from "@sotto/client/win32";
import type { OwnedFile, OwnedKind } from "./types.ts";

/** Everything by which a file can be changed, by itself or by the rights on it, and GENERIC_ALL and GENERIC_WRITE. */
const CHANGING = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000 | 0x10000000 | 0x40000000;
const GENERIC_WRITE = 0x40000000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;
const CREATE_OR_OPEN = 4;
const BACKUP_SEMANTICS = 0x2000000;
const NO_SHARING = 0;

/** As on Linux, by owner and access list; the modes that Node makes up for Windows mean nothing. */
export function fileObjection(kind: OwnedKind, _: Stats, file: OwnedFile): "owner" | "mode" | undefined {
  if (typeof file === "string") return folderObjection(file);
  return openFileObjection(file, kind === "config" ? CHANGING : undefined);
}

/** There are no groups by number. */
export const groupId = (): undefined => undefined;

/** A folder, open in a way that lets it be flushed. */
export function openFolder(path: string): number {
  const handle = api.createFile(path, GENERIC_WRITE, SHARE_ALL, null, OPEN_EXISTING, BACKUP_SEMANTICS, 0);
  if (handle === -1) throw api.lastError("CreateFile");
  return descriptorFor(handle);
}

/** The same file, open for writing anywhere in it. The caller closes it. */
export function openToCut(fd: number): number {
  const handle = api.reOpenFile(api.uvGetOsfhandle(fd), GENERIC_WRITE, SHARE_ALL, 0);
  if (handle === -1) throw api.lastError("ReOpenFile");
  return descriptorFor(handle);
}

/** A handle that may only append, as files open for appending have, may not cut off what is there (FILE_WRITE_DATA). */
export function cutFile(fd: number, size: number): void {
  const writing = openToCut(fd);
  try {
    ftruncateSync(writing, size);
  } finally {
    closeSync(writing);
  }
}

/** A file in the folder that nobody else can open for as long as this process lives: folders cannot be locked. */
export function claimFolder(folder: string): boolean {
  const name = `${folder}\\home.lock`;
  return api.createFile(name, GENERIC_WRITE, NO_SHARING, null, CREATE_OR_OPEN, 0, 0) !== -1;
}

/** Writes a file or folder through to the disk, on the thread pool. */
export function sync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    api.flushFileBuffers.async(api.uvGetOsfhandle(fd), (error, result) => {
      if (error === null && result !== 0) resolve();
      else reject(new Error("FlushFileBuffers failed"));
    });
  });
}

const EXCLUSIVE_AT_ONCE = 2 | 1;
/** Locks of Windows keep others from reading what they cover: one byte far behind the end keeps nobody from anything. */
const FAR_BEHIND = 0x7fff_ffff;
const OVERLAPPED_BYTES = 32;
const OFFSET_HIGH = 20;

export function tryLock(fd: number): boolean {
  const where = Buffer.alloc(OVERLAPPED_BYTES);
  where.writeUInt32LE(FAR_BEHIND, OFFSET_HIGH);
  if (api.lockFileEx(api.uvGetOsfhandle(fd), EXCLUSIVE_AT_ONCE, 0, 1, 0, where) !== 0) return true;
  if (api.getLastError() === api.ERROR.lockViolation) return false;
  throw api.lastError("LockFileEx");
}
