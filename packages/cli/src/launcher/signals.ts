import type { ChildProcess } from "node:child_process";
import type { End } from "./spawn.ts";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Passes the signals that end us on to the agent, until the result is called. */
export function forwardSignals(child: ChildProcess): () => void {
  const forward = (signal: NodeJS.Signals): unknown => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}

/** Ends as the agent ended: with its exit status, or by the signal that it died of. */
export function endAlike({ code, signal }: End): void {
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
}
