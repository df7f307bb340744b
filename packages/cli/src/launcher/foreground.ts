import { endAlike, forwardSignals } from "./signals.ts";
import type { AgentCommand } from "./spawn.ts";
import { ended, spawnAgent } from "./spawn.ts";

/** Runs the agent until it ends; what it has to say goes to our stderr. */
export async function runInForeground(command: AgentCommand): Promise<void> {
  const child = spawnAgent(command, ["ignore", "ignore", "inherit"], false);
  const stopForwarding = forwardSignals(child);
  const end = await ended(child);
  stopForwarding();
  endAlike(end);
}
