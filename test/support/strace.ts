import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One system call as strace(1) told it. */
export interface SystemCall {
  readonly thread: number;
  readonly name: string;
  /** Arguments and result, with the path of each descriptor. */
  readonly text: string;
}

const PATIENCE_MS = 5_000;
/** A call in one line, or the start of one that another thread's came between. */
const LINE = /^(\d+) +([a-z0-9_]+)\((.*)$/;

/**
 * Looks into a running process, or makes its system calls fail or kill it. With threads, strace counts `when` for
 * each thread by itself. Needs root: an agent cannot be traced by its own user.
 */
export class Strace implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #folder: string;

  private constructor(pid: number, args: readonly string[]) {
    this.#folder = mkdtempSync(join(tmpdir(), "sotto-strace-"));
    this.#child = spawn("strace", ["-f", "-y", "-o", this.#file, ...args, "-p", String(pid)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** Resolves once every thread is traced. */
  static async attach(pid: number, ...args: readonly string[]): Promise<Strace> {
    const strace = new Strace(pid, args);
    try {
      await strace.#attached();
      return strace;
    } catch (error) {
      await strace[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lets the process go and returns what was seen. */
  async stop(): Promise<SystemCall[]> {
    await this.#end();
    return readFileSync(this.#file, "latin1")
      .split("\n")
      .flatMap((line) => {
        const [, thread, name, text] = LINE.exec(line) ?? [];
        return name === undefined || text === undefined ? [] : [{ thread: Number(thread), name, text }];
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Whether the process is gone, or goes within some time: strace ends with it. */
  processEnded(withinMs: number): Promise<boolean> {
    return Promise.race([
      this.#closed.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), withinMs).unref()),
    ]);
  }

  get #file(): string {
    return join(this.#folder, "calls");
  }

  #attached(): Promise<void> {
    let told = "";
    return new Promise((resolve, reject) => {
      this.#child.stderr?.on("data", (part: Buffer) => {
        told += part.toString();
        if (/Process \d+ attached/.test(told)) resolve();
      });
      this.#child.once("error", reject);
      this.#child.once("exit", () => reject(new Error(`strace: ${told}`)));
    });
  }

  async #end(): Promise<void> {
    if (await this.processEnded(0)) return;
    this.#child.kill("SIGINT"); // detaches
    if (await this.processEnded(PATIENCE_MS)) return;
    this.#child.kill("SIGKILL"); // it can miss the end of a process that dies in that moment
    await this.processEnded(PATIENCE_MS);
  }
}
