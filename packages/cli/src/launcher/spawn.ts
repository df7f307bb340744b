import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { EXIT, Failure } from "../failure/failure.ts";

/** All that the agent gets of the environment: anything else could load code into it or change how it runs. */
const KEPT = ["LANG", "TZ", "NOTIFY_SOCKET"];

/** How the agent is started: the arguments of the program that we are, and variables beside those that are kept. */
export interface AgentCommand {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Starts the agent. What this process was started with was closed before (`closeInherited`). */
export function spawnAgent(
  { args, variables }: AgentCommand,
  stdio: StdioOptions,
  detached: boolean,
): ChildProcess {
  const kept = KEPT.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]));
  const env = { ...(Object.fromEntries(kept) as NodeJS.ProcessEnv), ...variables };
  return spawn(process.execPath, args, { cwd: "/", env, stdio, detached, windowsHide: true });
}

/** How a process ended: one of the two is null. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the process has ended and all that it wrote was read. */
export const ended = (child: ChildProcess): Promise<End> =>
  new Promise((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new Failure(
          EXIT.failed,
          `the agent could not be started (${(cause as NodeJS.ErrnoException).code ?? ""})`,
        ),
      ),
    );
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
