import { endAlike, forwardSignals } from "./signals.ts";
import { ended, spawnAgent } from "./spawn.ts";

/** Runs the agent until it ends; what it has to say goes to our stderr. */
export async function runInForeground(args: readonly string[]): Promise<void> {
  const child = spawnAgent(args, ["ignore", "ignore", "inherit"], false);
  const stopForwarding = forwardSignals(child);
  const end = await ended(child);
  stopForwarding();
  endAlike(end);
}
