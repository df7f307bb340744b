import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { EXIT, Failure } from "../failure/failure.ts";
import { writeAll } from "../output/write.ts";
import { forwardSignals } from "./signals.ts";
import type { AgentCommand, End } from "./spawn.ts";
import { ended, spawnAgent } from "./spawn.ts";

const STDERR = 2;
const READY = "ready\n";
const LONGEST_START_MS = 30_000;

/** Starts the agent and returns when its socket answers; passes on what it says and how it ends if it does not start. */
export async function runInBackground(command: AgentCommand): Promise<void> {
  const child = spawnAgent(command, ["ignore", "pipe", "pipe"], true);
  const stopForwarding = forwardSignals(child);
  child.stderr?.on("data", (bytes: Buffer) => writeAll(STDERR, bytes));
  try {
    const end = await Promise.race([ready(child), ended(child), tooLong()]);
    if (end === "late") throw notInTime(child);
    if (end !== "ready") passOn(end);
  } finally {
    stopForwarding();
    letGo(child);
  }
}

/** Resolves when it serves. */
export function ready(child: ChildProcess): Promise<"ready"> {
  const stdout = child.stdout as Readable;
  let said = "";
  return new Promise((resolve) => {
    stdout.on("data", (bytes: Buffer) => {
      said += bytes.toString("latin1");
      if (said === READY) resolve("ready");
    });
  });
}

/** It has told why itself, unless a signal ended it. */
function passOn({ code, signal }: End): void {
  if (signal !== null) throw new Failure(EXIT.failed, `the agent died of ${signal} while it started`);
  process.exitCode = code ?? EXIT.failed;
}

const tooLong = (): Promise<"late"> =>
  new Promise((resolve) => setTimeout(() => resolve("late"), LONGEST_START_MS).unref());

function notInTime(child: ChildProcess): Failure {
  child.kill("SIGKILL");
  return new Failure(
    EXIT.failed,
    `the agent did not start within ${LONGEST_START_MS / 1000} s`,
    "agent.log in its home may say more",
  );
}

/** The agent outlives us: nothing of it may keep this process. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}
