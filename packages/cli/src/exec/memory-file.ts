import { closeSync, constants, openSync, statfsSync } from "node:fs";
import { EXIT, Failure } from "../failure/failure.ts";
import { writeAll } from "../output/write.ts";

/** Magic numbers of file systems that are memory: statfs(2), linux/magic.h. */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x0102_1994, 0x8584_58f6]); // tmpfs, ramfs

/** open(2): a file without a name. Node has no constant for it; that of the kernel is two bits. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** O_EXCL: nor shall it ever get a name. */
const FLAGS = O_TMPFILE | constants.O_RDWR | constants.O_EXCL;
const MODE = 0o400;

/** True where what is written at a path, or into an open file as /proc/self/fd/N, stays in memory (or swap). */
export const isMemory = (path: string): boolean => MEMORY_FILE_SYSTEMS.has(statfsSync(path).type);

/**
 * A file in memory with these bytes that has no name at any moment: it is gone with its last descriptor, however the
 * processes that hold one end. Returns a descriptor to read it from its start; it is closed on exec.
 * Throws a failure where there is no folder in memory, or no room in it.
 */
export function memoryFile(parts: readonly Uint8Array[], folders = memoryFolders()): number {
  const fd = firstIn(folders, tryCreate);
  try {
    for (const part of parts) writeAll(fd, part);
    return openSync(pathOf(fd), constants.O_RDONLY);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new Failure(EXIT.failed, `no file can be made in memory (${code})`, "is /dev/shm full?");
  } finally {
    closeSync(fd);
  }
}

const pathOf = (fd: number): string => `/proc/self/fd/${fd}`;

/** Folders that are in memory on most machines, the likeliest first. */
export function memoryFolders(): string[] {
  const own = process.env["XDG_RUNTIME_DIR"];
  return [
    "/dev/shm",
    ...(own?.startsWith("/") === true ? [own] : []),
    `/run/user/${process.getuid?.() ?? 0}`,
    "/run",
  ];
}

/** What `create` makes in the first folder where it can; it gives undefined where it cannot. Throws a failure when none will do. */
export function firstIn<T>(folders: readonly string[], create: (folder: string) => T | undefined): T {
  for (const folder of folders) {
    const made = create(folder);
    if (made !== undefined) return made;
  }
  throw new Failure(
    EXIT.failed,
    "there is no folder in memory, and a disk shall not get a secret",
    "mount a tmpfs at /dev/shm",
  );
}

/** Looks at the file and not at the folder: nobody can exchange it in between. */
function tryCreate(folder: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(folder, FLAGS, MODE);
  } catch {
    return undefined;
  }
  if (isMemory(pathOf(fd))) return fd;
  closeSync(fd);
  return undefined;
}
