import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { withLockFile } from "./files.ts";

const POLL_MS = 25;

/**
 * Runs `work` while holding the lock file, which stays there: only its lock means something, and the system drops
 * that with a process that dies. Waits up to `waitMs` milliseconds, then throws `conflict`.
 */
export function withLock<T>(
  platform: Platform,
  path: string,
  waitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  return withLockFile(path, async (fd) => {
    const deadline = platform.now() + waitMs;
    while (!platform.tryLock(fd)) {
      if (platform.now() >= deadline) throw new AgentError("conflict");
      await sleep(POLL_MS);
    }
    return await work();
  });
}
