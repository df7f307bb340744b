import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { firstIn, isMemory, memoryFolders } from "../exec/memory-file.ts";

/**
 * Runs `work` with a new folder in memory, of mode 0700, and removes it with all that is in it. Throws a failure where there
 * is no memory that can be written to.
 */
export async function inMemoryFolder<T>(
  work: (folder: string) => T | Promise<T>,
  folders = memoryFolders(),
): Promise<T> {
  const folder = firstIn(folders, tryCreate);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Looks at the folder that was made: nobody else can exchange it. */
function tryCreate(parent: string): string | undefined {
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, "sotto-edit-"));
  } catch {
    return undefined;
  }
  if (isMemory(folder)) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
}
