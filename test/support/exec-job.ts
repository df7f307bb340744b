import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { CLI, type Sandbox } from "./sandbox.ts";

/** What a command does that goes on: whatever it starts ends soon after it. */
export const FOREVER = "while :; do sleep 0.02; done";

/** A command that `agent exec` runs and that goes on until it is told to end. Its standard output is kept. */
export class ExecJob implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<readonly [status: number | null, signal: NodeJS.Signals | null]>;
  output = "";

  /** `script` is for sh; it prints `ready` and the process id of the command as soon as it runs; `before` is what starts it all. */
  constructor(sandbox: Sandbox, options: readonly string[], script: string, before: readonly string[] = []) {
    const shell = ["sh", "-c", `echo "pid $$ ready"; ${script}`];
    const [program = "", ...args] = [...before, process.execPath, CLI, "exec", ...options, "--", ...shell];
    this.child = spawn(program, args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: sandbox.environment,
      cwd: "/",
    });
    this.child.stdout?.on("data", (part: Buffer) => (this.output += part.toString("latin1")));
    this.ended = once(this.child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  }

  /** The process that was started: it relays signals, or has become the command. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for a text in the output. */
  async says(text: string): Promise<void> {
    for (const end = performance.now() + 60_000; !this.output.includes(text);) {
      if (performance.now() > end || this.child.exitCode !== null)
        throw new Error(`${text} was not said, but: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The process id of the command, once it runs. */
  async commandPid(): Promise<number> {
    await this.says("ready");
    return Number(/pid (\d+) ready/.exec(this.output)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const command = Number(/pid (\d+) ready/.exec(this.output)?.[1] ?? 0);
    for (const pid of [command, this.pid]) {
      try {
        if (pid > 0) process.kill(pid, "SIGKILL");
      } catch {
        // it has ended
      }
    }
    await this.ended;
  }
}

/** Whether `agent exec` becomes the command where only --env is used. */
export const CAN_REPLACE = typeof (process as { execve?: unknown }).execve === "function";
