/** SIGUSR1, by which Node opens its debugger, at an agent in its first moments. */
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf, isRunning, listensOnTcp } from "./processes.ts";

/** The agent's process, as soon as what starts it has made it. */
export async function agentOf(launcher: number): Promise<number> {
  for (;;) {
    const [pid] = childrenOf(launcher);
    if (pid !== undefined) return pid;
    if (!isRunning(launcher)) throw new Error("it ended without an agent");
    await sleep(1);
  }
}

/** Signals about every millisecond; returns whether the process ever listened. */
export async function burst(pid: number, durationMs: number): Promise<boolean> {
  const end = performance.now() + durationMs;
  while (performance.now() < end && isRunning(pid)) {
    try {
      process.kill(pid, "SIGUSR1");
    } catch {
      break;
    }
    if (listensOnTcp(pid)) return true;
    await sleep(1);
  }
  return listensOnTcp(pid);
}
