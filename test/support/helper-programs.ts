import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Result, runCommand, type RunOptions } from "./command.ts";
import { CLI, type Sandbox } from "./sandbox.ts";

const PROGRAMS = {
  agent: "agent.js",
  "docker-credential-sotto": "docker-credential-sotto.js",
  "sotto-askpass": "sotto-askpass.js",
};

/** Programs that find `agent` and its helpers as they would where Sotto is installed, with a home folder of their own. */
export class HelperPrograms {
  /** The home folder; it goes with the sandbox. */
  readonly home: string;
  readonly folder: string;
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.home = join(sandbox.folder, "user");
    this.folder = join(sandbox.folder, "bin");
    for (const path of [this.home, this.folder]) mkdirSync(path, { recursive: true });
    for (const [name, file] of Object.entries(PROGRAMS)) {
      const script = `#!/bin/sh\nexec '${process.execPath}' '${join(dirname(CLI), file)}' "$@"\n`;
      writeFileSync(join(this.folder, name), script);
      chmodSync(join(this.folder, name), 0o755);
    }
  }

  get environment(): Record<string, string> {
    const { PATH = "", ...others } = this.#sandbox.environment;
    return { ...others, PATH: `${this.folder}:${PATH}`, HOME: this.home, LC_ALL: "C.UTF-8" };
  }

  /** Runs a program to its end, with more in its environment. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return runCommand(command, args, { ...options, env: { ...this.environment, ...options.env } });
  }
}
