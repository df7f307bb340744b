import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "../call.ts";
import { ready } from "../launcher/background.ts";
import type { AgentCommand, End } from "../launcher/spawn.ts";
import { ended, spawnAgent } from "../launcher/spawn.ts";
import { stopAgent } from "../launcher/stop-agent.ts";
import type { ManagedService } from "../platform/index.ts";

const LONGEST_START_MS = 30_000;
const LONGEST_END_MS = 10_000;
/** Of an agent that a signal ended, or that did not start in time. */
const FAILED = 1;

/**
 * Runs the agent as a service: starts it, tells the manager when it answers, and ends it when that asks. An agent that dies
 * takes this process with it, without a word to the manager, which then starts both anew.
 */
export async function runAsService(
  service: ManagedService,
  command: AgentCommand,
  call: Call,
): Promise<void> {
  const child = spawnAgent(command, ["ignore", "pipe", "ignore"], false);
  const end = ended(child);
  const began = await Promise.race([ready(child), end, sleep(LONGEST_START_MS, "late" as const)]);
  if (began !== "ready") return notStarted(service, child, began);
  service.running();
  const what = await Promise.race([end, service.stopAsked.then(() => "asked" as const)]);
  if (what !== "asked") return agentEnded(service, what);
  service.stopping();
  await endAgent(child, end, call);
  service.stopped(0);
}

/** The manager shows the exit status of the agent, and does not try again. */
function notStarted(service: ManagedService, child: ChildProcess, how: End | "late"): void {
  child.kill();
  service.stopped(how === "late" ? FAILED : (how.code ?? FAILED));
}

/** Somebody called `agent stop`, or it died. */
function agentEnded(service: ManagedService, { code }: End): void {
  if (code !== 0) process.exit(FAILED);
  service.stopped(0);
}

/** As `agent stop`; an agent that does not listen is ended all the same: nothing that it was told is lost. */
async function endAgent(child: ChildProcess, end: Promise<End>, call: Call): Promise<void> {
  await stopAgent(call).catch(() => undefined);
  const done = await Promise.race([end, sleep(LONGEST_END_MS, "late" as const)]);
  if (done === "late") child.kill();
  await end;
}
