import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Result, runCommand, type RunOptions } from "../support/command.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const BUILT = fileURLToPath(new URL("../../dist/exe/linux-x64", import.meta.url));

/** The program, as somebody unpacked it: in a folder whose name has what a shell would stumble over. */
export class Program implements Disposable {
  readonly folder = join(mkdtempSync(join(tmpdir(), "sotto-exe-")), `it's "a" folder`);
  readonly path = join(this.folder, "sotto-agent");
  /** Here is a shell, and neither node nor anything else. */
  readonly programs = join(this.folder, "bin");

  constructor() {
    mkdirSync(this.programs, { recursive: true });
    for (const name of readdirSync(BUILT)) copyFileSync(join(BUILT, name), join(this.folder, name));
    symlinkSync("/bin/sh", join(this.programs, "sh"));
  }

  [Symbol.dispose](): void {
    rmSync(join(this.folder, ".."), { recursive: true });
  }
}

/** An agent that is the program, driven by the program. */
export class ExeSandbox extends Sandbox {
  readonly #program: Program;

  constructor(program: Program) {
    super();
    this.#program = program;
  }

  /** A started agent with an open vault. */
  static async open(program: Program): Promise<ExeSandbox> {
    const sandbox = new ExeSandbox(program);
    await sandbox.ok(["start"]);
    await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
    return sandbox;
  }

  override get environment(): Record<string, string> {
    return { ...super.environment, PATH: this.#program.programs };
  }

  override agent(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const env = { ...this.environment, ...options.env };
    return runCommand(this.#program.path, args, { ...options, env });
  }
}
