import { type Result, runCommand, type RunOptions } from "./command.ts";
import { CLI, type Sandbox } from "./sandbox.ts";

/** Runs `agent ARGS` where there is no terminal to ask on, even when the tests themselves are run from one. */
export function withoutTerminal(
  sandbox: Sandbox,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  return runCommand("setsid", ["--wait", process.execPath, CLI, ...args], {
    ...options,
    env: { ...sandbox.environment, ...options.env },
  });
}
