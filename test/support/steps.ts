import { type ChildProcess, spawn } from "node:child_process";

/**
 * A node process that does one step after the other, when told to, and stays alive in between: for looking at it from
 * outside. It may call `gc()`. Its script calls `step(name, action)` for each; the channel carries names only, never a secret.
 */
export class Stepper implements Disposable {
  readonly pid: number;
  readonly #child: ChildProcess;

  /** `script` is an ES module; `args` start at `process.argv[1]`. */
  constructor(script: string, args: readonly string[]) {
    this.#child = spawn(
      process.execPath,
      ["--expose-gc", "--input-type=module", "-e", PROLOGUE + script + EPILOGUE, ...args],
      {
        env: {},
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      },
    );
    this.pid = this.#child.pid ?? 0;
  }

  /** Runs a step to its end. Rejects when it threw, or the process ended. */
  run(step: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`ended during ${step}`));
      this.#child.once("exit", ended);
      this.#child.once("message", (answer) => {
        this.#child.off("exit", ended);
        if (answer === "done") resolve();
        else reject(new Error(`${step}: ${JSON.stringify(answer)}`));
      });
      this.#child.send(step);
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

const PROLOGUE = `
const steps = new Map();
const step = (name, action) => steps.set(name, action);
`;

/** Node keeps what is sent before somebody listens. */
const EPILOGUE = `
process.on("message", async (name) => {
  try {
    await steps.get(name)();
    process.send("done");
  } catch (error) {
    process.send(String(error && error.stack));
  }
});
`;
