import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import type { TestContext } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache/wine");
export const DRIVE_C = join(CACHE, "prefix/drive_c");
/** What runs a program of Windows. */
export const LOADER = "/usr/lib/wine/wine64";
export const NODE = join(DRIVE_C, "node-20.20.2/node.exe");
const CLI = join(ROOT, "packages/cli/bin/agent.js");
const STDIO = join(ROOT, "test/wine/stdio.cjs");
/** The one program for Windows, as it is built. */
export const EXE_FOLDER = join(ROOT, "dist/exe/win32-x64");
const LONGEST_MS = 120_000;
/** For what a command has said to arrive after its end. The agent that it started may hold the pipes open for much longer. */
const LAST_WORDS_MS = 1_000;

export const PASSPHRASE = "correct horse battery";
const FAST_CONFIG = { kdfMemoryMiB: 64, kdfPasses: 3 };

/** Nothing of the environment of the tests but where Wine is. */
export const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  WINEPREFIX: join(CACHE, "prefix"),
  WINEARCH: "win64",
  WINEDEBUG: "-all",
});

/** Skips a test, and says why, where Wine is not there. */
export function needsWine(context: TestContext): void {
  const reason = inject("noWine");
  context.skip(reason !== "", reason);
}

export interface Ended {
  /** undefined where a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of Windows that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when it has said this on stdout. */
  said(text: string): Promise<void>;
}

/** A path as Windows names it. */
export const windowsPath = (path: string): string =>
  path.startsWith(DRIVE_C)
    ? `C:${path.slice(DRIVE_C.length).replaceAll("/", "\\")}`
    : `Z:${path.replaceAll("/", "\\")}`;

/** What runs the command line on a terminal of this machine. */
export const commandLine = (...args: readonly string[]): string[] => [
  LOADER,
  NODE,
  windowsPath(CLI),
  ...args,
];

interface StartOptions {
  readonly folder: string;
  readonly input?: string;
  /** This program instead of node.exe. */
  readonly exe?: string | undefined;
}

/** Starts node.exe, or another program that is one. Its stdin is a file: a Unix pipe is none that a program of Windows can use. */
export function startNode(args: readonly string[], options: StartOptions): Running {
  const file = join(options.folder, `stdin-${String(turn++)}`);
  writeFileSync(file, options.input ?? "", { mode: 0o600 });
  const stdin = openSync(file, "r");
  const { exe } = options;
  const preload = ["-r", windowsPath(STDIO)];
  const child = spawn(LOADER, exe === undefined ? [NODE, ...preload, ...args] : [exe, ...args], {
    env: { ...environment(), ...(exe !== undefined && { NODE_OPTIONS: preload.join(" ") }) },
    cwd: ROOT,
    stdio: [stdin, "pipe", "pipe"],
  });
  closeSync(stdin);
  rmSync(file);
  return follow(child, args);
}
let turn = 0;

function follow(child: ChildProcess, args: readonly string[]): Running {
  let stdout = "";
  let stderr = "";
  let wake: () => void = () => undefined;
  child.stdout?.on("data", (bytes: Buffer) => {
    stdout += bytes.toString();
    wake();
  });
  child.stderr?.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const limit = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
  const ended = new Promise<Ended>((resolve) => {
    child.once("exit", (status) => {
      clearTimeout(limit);
      const all = (): void => resolve({ status: status ?? undefined, stdout, stderr });
      child.once("close", all);
      setTimeout(all, LAST_WORDS_MS);
    });
  });
  const said = async (text: string): Promise<void> => {
    while (!stdout.includes(text)) {
      const over = ended.then(() => "over");
      if ((await Promise.race([over, new Promise<void>((resolve) => (wake = resolve))])) === "over") break;
    }
    if (!stdout.includes(text)) throw new Error(`${args.join(" ")} never said ${text}: ${stdout} ${stderr}`);
  };
  return { child, ended, said };
}

/** An agent of its own under Wine, with a home on drive C, driven through the real command line. */
export class WineSandbox implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** Where the home is on this machine. */
  readonly homeHere: string;
  readonly #exe: string | undefined;

  /** `exe`: the one program, which is driven then instead of the command line in node.exe. */
  constructor(exe?: string) {
    this.#exe = exe;
    mkdirSync(DRIVE_C, { recursive: true });
    this.folder = mkdtempSync(join(DRIVE_C, "sotto-"));
    this.homeHere = join(this.folder, "home");
    this.home = windowsPath(this.homeHere);
  }

  /** A started agent with an open vault. */
  static async start(exe?: string): Promise<WineSandbox> {
    const sandbox = new WineSandbox(exe);
    try {
      mkdirSync(sandbox.homeHere, { mode: 0o700 });
      writeFileSync(join(sandbox.homeHere, "config.json"), JSON.stringify(FAST_CONFIG), { mode: 0o600 });
      await sandbox.ok(["start"]);
      await sandbox.ok(["init", "--no-recovery", "--passphrase-fd", "0"], PASSPHRASE);
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
    return sandbox;
  }

  /** Runs `agent ARGS` to its end; `input` is what it reads as stdin. */
  agent(args: readonly string[], input?: string): Promise<Ended> {
    const all = [...args, "--home", this.home];
    const { folder } = this;
    if (this.#exe !== undefined)
      return startNode(all, { folder, exe: this.#exe, ...(input !== undefined && { input }) }).ended;
    return this.node([windowsPath(CLI), ...all], input).ended;
  }

  /** Runs `agent ARGS`, which must succeed. */
  async ok(args: readonly string[], input?: string): Promise<Ended> {
    const result = await this.agent(args, input);
    if (result.status !== 0)
      throw new Error(
        `agent ${args.join(" ")} exited ${String(result.status)}: ${result.stderr} ${this.log()}`,
      );
    return result;
  }

  node(args: readonly string[], input = ""): Running {
    return startNode(args, { input, folder: this.folder });
  }

  /** Runs a script of `scripts/` beside this file, with the home as its first argument. */
  script(name: string, ...args: readonly string[]): Running {
    return this.node([windowsPath(join(ROOT, "test/wine/scripts", name)), this.home, ...args]);
  }

  async pid(): Promise<number> {
    const { stdout } = await this.agent(["status", "--json"]); // exits 3 where it is locked
    return (JSON.parse(stdout) as { pid: number }).pid;
  }

  auditRecords(): Record<string, unknown>[] {
    const text = readFileSync(join(this.homeHere, "audit.jsonl"), "utf8").trimEnd();
    return text.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  log(): string {
    try {
      return readFileSync(join(this.homeHere, "agent.log"), "utf8");
    } catch {
      return "";
    }
  }

  /** Ends the agent at once: the process of this machine that is it. */
  async kill(): Promise<void> {
    const pid = this.signal("SIGKILL");
    while (this.#isAgent(pid)) await sleep(20);
  }

  /** Sends a signal to the process of this machine that the agent is. Returns its id here. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): string {
    const [pid, ...others] = readdirSync("/proc").filter((one) => this.#isAgent(one));
    if (pid === undefined || others.length > 0) throw new Error("the agent cannot be told from others");
    process.kill(Number(pid), signal);
    return pid;
  }

  #isAgent(pid: string): boolean {
    try {
      const args = readFileSync(join("/proc", pid, "cmdline"), "utf8").split("\0");
      return args.includes(this.home) && args.some((arg) => /agent.dist.agent\.mjs$|^run-agent$/.test(arg));
    } catch {
      return false; // no process, or gone meanwhile
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent(["stop"]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
