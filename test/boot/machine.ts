import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeSystem } from "./debian.ts";
import { npmCache } from "./node.ts";
import { attempt, must, type Outcome, type RunOptions } from "./programs.ts";

const PATIENCE_MS = 180_000;
const STEP_MS = 200;
const NAME = `sotto-boot-${process.pid}`;
/** What a container leaves behind where /run is on a disk. */
const PROPAGATE = `/run/systemd/nspawn/propagate/${NAME}`;
const REBOOTED = 133; // systemd-nspawn(1), --keep-unit
const AGENT_CALLS = "memfd_secret mlock mlock2 munlock";

/**
 * A machine with systemd as its first process, in a container of systemd-nspawn(1) that may lock memory as a machine
 * may. Commands are run in it as by root at a console. Disposing powers it off and removes it.
 */
export class Machine implements AsyncDisposable {
  readonly root: string;
  #container: ChildProcess;

  private constructor(root: string) {
    this.root = root;
    this.#container = this.#start();
  }

  #start(): ChildProcess {
    const console = openSync(this.consoleLog, "a");
    const options = [
      ...["--capability=CAP_IPC_LOCK", `--system-call-filter=${AGENT_CALLS}`, `--machine=${NAME}`],
      ...["--register=no", "--keep-unit", `--bind=${npmCache()}:/root/.npm`],
    ];
    // it goes with the tests, however they end; setpriv becomes it
    const container = spawn(
      "setpriv",
      ["--pdeathsig=KILL", "systemd-nspawn", "-q", "-D", this.root, "-b", ...options],
      { stdio: ["ignore", console, console] },
    );
    closeSync(console);
    return container;
  }

  /** A new machine that has booted. `prepare` puts into its folder what shall be there before. */
  static async boot(prepare: (root: string) => void): Promise<Machine> {
    const root = makeSystem();
    try {
      prepare(root);
    } catch (error) {
      rmSync(root, { recursive: true, force: true });
      throw error;
    }
    const machine = new Machine(root);
    try {
      await machine.booted();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  get consoleLog(): string {
    return `${this.root}.log`;
  }

  /** Waits until the boot has come as far as the services. It is over once no unit waits for a secret any more. */
  async booted(): Promise<void> {
    const isUp = (): boolean => this.attempt("systemctl", "is-active", "basic.target").status === 0;
    await this.until("it has booted", isUp);
  }

  /** Restarts it, and waits until it is up again. To a container that is told to keep its unit a reboot is an end. */
  async reboot(): Promise<void> {
    const ended = once(this.#container, "exit");
    this.attempt("systemctl", "reboot");
    await ended;
    if (this.#container.exitCode !== REBOOTED) throw new Error("it did not reboot");
    this.#container = this.#start();
    await this.booted();
  }

  /** A command line that runs a program in the machine. */
  command(program: string, ...args: readonly string[]): string[] {
    return ["nsenter", "--target", String(this.#firstProcess() ?? 0), "--all", "--", program, ...args];
  }

  attempt(program: string, ...args: readonly string[]): Outcome {
    return this.attemptWith({}, program, ...args);
  }

  attemptWith(options: RunOptions, program: string, ...args: readonly string[]): Outcome {
    const first = this.#firstProcess();
    if (first === undefined) return { status: null, stdout: "", stderr: "it is not up" };
    return attempt("nsenter", ["--target", String(first), "--all", "--", program, ...args], options);
  }

  /** Runs a program that must succeed, and returns what it wrote. */
  run(program: string, ...args: readonly string[]): string {
    return this.runWith({}, program, ...args);
  }

  runWith(options: RunOptions, program: string, ...args: readonly string[]): string {
    const { status, stdout, stderr } = this.attemptWith(options, program, ...args);
    if (status !== 0)
      throw new Error(`${program} ${args.join(" ")} exited ${String(status)}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Writes a file of the machine. */
  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text, { mode });
  }

  /** A file of the machine that lies on its disk; undefined where there is none. */
  read(path: string): string | undefined {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  /** One property of a unit. */
  property(unit: string, name: string): string {
    return this.run("systemctl", "show", "--value", `--property=${name}`, unit).trim();
  }

  /** The pid that a process of the machine has outside of it. */
  outsidePid(pid: string): number {
    const wanted = new RegExp(`^NSpid:\\t(\\d+)\\t${pid}$`, "m");
    for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
      const found = wanted.exec(this.#statusOf(name))?.[1];
      if (found !== undefined && this.#isBelow(Number(found))) return Number(found);
    }
    throw new Error(`no process ${pid} in the machine`);
  }

  /** Waits for something that must come to be. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!holds()) {
      if (performance.now() > end || this.#container.exitCode !== null)
        throw new Error(`waited in vain until ${what}\n${this.#journal()}`);
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#container.exitCode === null) {
      const ended = once(this.#container, "exit");
      this.attempt("systemctl", "poweroff");
      const late = setTimeout(() => this.#container.kill("SIGKILL"), 30_000);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.root, { recursive: true, force: true });
    rmSync(this.consoleLog, { force: true });
    rmSync(PROPAGATE, { recursive: true, force: true });
  }

  /** The first process of the machine is the only child of the container's. */
  #firstProcess(): number | undefined {
    const { pid } = this.#container;
    if (pid === undefined || this.#container.exitCode !== null) return undefined;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return children.map(Number).find((child) => /^NSpid:\t\d+\t1$/m.test(this.#statusOf(String(child))));
  }

  #isBelow(pid: number): boolean {
    for (let at = pid; at > 1; at = Number(/^PPid:\t(\d+)$/m.exec(this.#statusOf(String(at)))?.[1] ?? 0))
      if (at === this.#container.pid) return true;
    return false;
  }

  #statusOf(pid: string): string {
    try {
      return readFileSync(`/proc/${pid}/status`, "latin1");
    } catch {
      return "";
    }
  }

  #journal(): string {
    const journal = this.attempt("journalctl", "--no-pager", "-n", "60").stdout;
    return journal === "" ? must("tail", ["-n", "60", this.consoleLog]) : journal;
  }
}
