import { closeSync, readdirSync, readFileSync } from "node:fs";

export { prepareFolders } from "./linux-folders.ts";

const FIRST_AFTER_STDIO = 3;
const CLOSE_ON_EXEC = 0o2000000;

/** Node marks the descriptors that it was started with, but stops at the first gap: the rest would reach the agent. */
export function closeInherited(): void {
  for (const fd of openDescriptors()) {
    if (fd >= FIRST_AFTER_STDIO && isInheritable(fd)) closeSync(fd);
  }
}

function openDescriptors(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number);
  } catch {
    return [];
  }
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // closed in the meantime: it was the one that the folder was read through
  }
}
