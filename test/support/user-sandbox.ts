import { chownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type Result, type RunOptions } from "./command.ts";
import type { Installation } from "./installation.ts";
import { Sandbox, type SandboxOptions } from "./sandbox.ts";

/** An agent that runs as another user than root, and commands of that user. Needs root. */
export class UserSandbox extends Sandbox {
  readonly uid: number;
  readonly #installed: Installation;

  constructor(installed: Installation, uid: number, options: SandboxOptions = {}) {
    super(options);
    this.uid = uid;
    this.#installed = installed;
    for (const path of [
      this.folder,
      this.home,
      ...readdirSync(this.home).map((name) => join(this.home, name)),
    ])
      chownSync(path, uid, uid);
  }

  override agent(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.agentWithin([], args, options);
  }

  /** Runs `agent ARGS` through another command, such as prlimit(1) with its arguments. */
  agentWithin(
    wrapper: readonly string[],
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Result> {
    const { node, cli } = this.#installed;
    const [command = node, ...rest] = [...wrapper, node, cli, ...args];
    return runCommand(command, rest, {
      uid: this.uid,
      ...options,
      env: { ...this.environment, ...options.env },
    });
  }
}
