import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Bytes of a process that are in memory (proc_pid_status(5)). */
export function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  if (kib === undefined) throw new Error("no VmRSS");
  return Number(kib) * 1024;
}

/** How many descriptors a process has open; undefined where only root may look. */
export function openDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}

/** The same once those of former connections are closed. */
export async function settledDescriptors(pid: number): Promise<number | undefined> {
  for (let last: number | undefined = -1; ; await sleep(300)) {
    const now = openDescriptors(pid);
    if (now === last) return now;
    last = now;
  }
}
