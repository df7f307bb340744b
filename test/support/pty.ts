import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import koffi from "koffi";

type LibcCall = (...args: (number | Buffer)[]) => number;
const libc = koffi.load("libc.so.6");
const bind = (prototype: string): LibcCall => libc.func(prototype) as LibcCall;
const posixOpenpt = bind("int posix_openpt(int flags)");
const grantpt = bind("int grantpt(int fd)");
const unlockpt = bind("int unlockpt(int fd)");
const ptsnameR = bind("int ptsname_r(int fd, void *name, size_t length)");

const POLL_MS = 5;
const PATIENCE_MS = 60_000;
const STEP = 4096;

/** How a command on the terminal ended. */
export interface TerminalEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A terminal without a screen or keyboard: what a command on it shows is kept, and what a test types is what it reads. */
export class Pty implements Disposable {
  readonly #master: number;
  /** Held open, so that the settings outlive the command. */
  readonly #slave: number;
  readonly #timer: NodeJS.Timeout;
  readonly #children: ChildProcess[] = [];
  #screen = "";

  constructor() {
    this.#master = checked(posixOpenpt(constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
    checked(grantpt(this.#master));
    checked(unlockpt(this.#master));
    const name = Buffer.alloc(64);
    checked(ptsnameR(this.#master, name, name.length));
    const path = name.toString("latin1", 0, name.indexOf(0));
    this.#slave = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    this.#timer = setInterval(() => this.#read(), POLL_MS);
  }

  /** All that was shown so far. */
  get screen(): string {
    this.#read();
    return this.#screen;
  }

  /** The settings of the terminal, in a form to compare (stty(1)). */
  get settings(): string {
    return this.#stty("-g");
  }

  /** Whether what is typed is shown. */
  get echoes(): boolean {
    return !this.#stty("-a").split(/\s+/).includes("-echo");
  }

  /** Starts a command that this is the controlling terminal of; its output may go elsewhere. */
  spawn(command: readonly string[], env: Readonly<Record<string, string>>, stdout = this.#slave): PtyChild {
    const child = spawn("setsid", ["--ctty", ...command], {
      stdio: [this.#slave, stdout, this.#slave],
      env,
      cwd: "/",
    });
    this.#children.push(child);
    return new PtyChild(child);
  }

  type(text: string | Buffer): void {
    writeSync(this.#master, Buffer.from(text));
  }

  /** Waits until the screen shows a text, after its first `from` characters. */
  async shows(text: string, from = 0): Promise<void> {
    for (const end = performance.now() + PATIENCE_MS; !this.screen.includes(text, from);) {
      if (performance.now() > end) throw new Error(`${text} is not on the screen: ${this.#screen}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const child of this.#children) child.kill("SIGKILL");
    closeSync(this.#slave);
    closeSync(this.#master);
  }

  #stty(option: string): string {
    const { status, stdout } = spawnSync("stty", [option], { stdio: [this.#slave, "pipe", "inherit"] });
    if (status !== 0) throw new Error("stty failed");
    return stdout.toString().trim();
  }

  #read(): void {
    const bytes = Buffer.alloc(STEP);
    try {
      for (;;) this.#screen += bytes.toString("latin1", 0, readSync(this.#master, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

/** A command on a terminal. `setsid` becomes it, so that the process id is its own. */
export class PtyChild {
  readonly pid: number;
  readonly ended: Promise<TerminalEnd>;

  constructor(child: ChildProcess) {
    this.pid = child.pid ?? 0;
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status, signal) => resolve({ status, signal }));
    });
  }
}

function checked(result: number): number {
  if (result < 0) throw new Error("no terminal can be made");
  return result;
}
