import { chmodSync, existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand, type Result, type RunOptions } from "./command.ts";

/** The entry of the command line, for tests that start it themselves. */
export const CLI = fileURLToPath(new URL("../../packages/cli/bin/agent.js", import.meta.url));

/** A passphrase long enough for `init`. */
export const PASSPHRASE = "correct horse battery";

/** The cheapest key derivation that the agent allows: tests unlock often. */
const FAST_CONFIG = { kdfMemoryMiB: 64, kdfPasses: 3 };

export interface SandboxOptions {
  /** More keys of `config.json`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Put the socket into a folder that every user can enter, so that jobs of other users reach it. */
  readonly shared?: boolean;
}

/** One agent of its own in a temporary home, driven through the real command line. Disposing ends and removes everything. */
export class Sandbox implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly socket: string;

  constructor(options: SandboxOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "sotto-test-"));
    chmodSync(this.folder, 0o755);
    this.home = join(this.folder, "home");
    mkdirSync(this.home, { mode: 0o700 });
    this.socket = options.shared ? join(this.folder, "run", "agent.sock") : join(this.home, "agent.sock");
    writeFileSync(join(this.home, "config.json"), JSON.stringify({ ...FAST_CONFIG, ...options.config }), {
      mode: 0o600,
    });
  }

  /** A started agent; with `init`, its vault made and open. */
  static async start(
    options: SandboxOptions & { init?: boolean; startArgs?: readonly string[] } = {},
  ): Promise<Sandbox> {
    const sandbox = new Sandbox(options);
    try {
      await sandbox.ok(["start", ...(options.startArgs ?? [])]);
      if (options.init ?? true) await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
    return sandbox;
  }

  /** The environment in which commands find this agent. */
  get environment(): Record<string, string> {
    return { PATH: process.env["PATH"] ?? "", SOTTO_HOME: this.home, SOTTO_SOCKET: this.socket };
  }

  /** Runs `agent ARGS` to its end. */
  agent(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return runCommand(process.execPath, [CLI, ...args], {
      ...options,
      env: { ...this.environment, ...options.env },
    });
  }

  /** Runs `agent ARGS`, which must succeed. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const result = await this.agent(args, options);
    if (result.status !== 0)
      throw new Error(`agent ${args.join(" ")} exited ${String(result.status)}: ${result.stderr}`);
    return result;
  }

  /** Stores a value, with the passphrase. */
  async set(name: string, value: string | Buffer, more: readonly string[] = []): Promise<void> {
    await this.ok(["set", name, "--stdin", ...more], { input: value, passphrase: PASSPHRASE });
  }

  /** Makes a rule and returns its id. */
  async grant(selector: string, ...identity: readonly string[]): Promise<string> {
    return (await this.ok(["grant", selector, ...identity], { passphrase: PASSPHRASE })).stdout
      .toString()
      .trim();
  }

  /** The process id that the agent itself tells; undefined when none answers. */
  async pid(): Promise<number | undefined> {
    const { stdout } = await this.agent(["status", "--json"]);
    return stdout.length === 0 ? undefined : (JSON.parse(stdout.toString()) as { pid: number }).pid;
  }

  /** The records of the audit. */
  auditRecords(): Record<string, unknown>[] {
    const file = join(this.home, "audit.jsonl");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The operational log as text. */
  log(): string {
    const file = join(this.home, "agent.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pid = await this.pid().catch(() => undefined);
    if (pid !== undefined) await endProcess(pid);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ends a process by its id, and waits until it is gone. */
async function endProcess(pid: number): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!signalled(pid, signal)) return;
    for (let waited = 0; waited < 5_000; waited += 20) {
      if (!signalled(pid, 0)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
