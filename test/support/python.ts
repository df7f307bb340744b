import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createInterface, type Interface } from "node:readline";
import type { TestContext } from "vitest";
import { type Result, runCommand, type RunOptions } from "./command.ts";

/** The system's own interpreter: another in the PATH would not see the packages that scripts/prepare installs. */
export const PYTHON = "/usr/bin/python3";
/** The folder of the Python client. */
export const PYTHON_CLIENT = fileURLToPath(new URL("../../packages/client/python", import.meta.url));

/** Python's own variables: where the client is, and no compiled files beside its sources. */
export const PYTHON_ENVIRONMENT = {
  PYTHONPATH: `${PYTHON_CLIENT}/src`,
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONWARNINGS: "error::ResourceWarning",
};

/** Skips the test, saying why, where there is no Python 3.9 with these modules. */
export function needsPython(context: Pick<TestContext, "skip">, ...modules: readonly string[]): void {
  const check = `import sys; assert sys.version_info >= (3, 9); import ${modules.join(", ")}`;
  const { status } = spawnSync(PYTHON, ["-c", check], { stdio: "ignore" });
  context.skip(
    status !== 0,
    `not installed: python3 with ${modules.join(", ")} (scripts/prepare installs it as root)`,
  );
}

/** Runs a Python script to its end. */
export function runPython(
  script: string,
  args: readonly string[] = [],
  { env, ...options }: RunOptions = {},
): Promise<Result> {
  return runCommand(PYTHON, ["-c", script, ...args], { ...options, env: { ...PYTHON_ENVIRONMENT, ...env } });
}

/**
 * A Python process that does one step after the other, when told to, and stays alive in between. Its script defines a
 * function for each step; the pipes carry their names and their results, never a secret.
 */
export class PythonStepper implements Disposable {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  /** `command`: another interpreter, with what starts it. */
  constructor(
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    [program, ...before]: readonly [string, ...string[]] = [PYTHON],
  ) {
    this.#child = spawn(program, [...before, "-c", script + LOOP, ...args], {
      env: { ...PYTHON_ENVIRONMENT, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.pid = this.#child.pid ?? 0;
    if (this.#child.stdout === null) throw new Error("no pipe");
    this.#lines = createInterface(this.#child.stdout);
  }

  /** Runs a step to its end and returns what it returned. Rejects when it raised, or the process ended. */
  run(step: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`ended during ${step}`));
      this.#child.once("exit", ended);
      this.#lines.once("line", (line) => {
        this.#child.off("exit", ended);
        const answer = JSON.parse(line) as { result?: unknown; error?: string };
        if (answer.error === undefined) resolve(answer.result);
        else reject(new Error(`${step}: ${answer.error}`));
      });
      this.#child.stdin?.write(`${step}\n`);
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

const LOOP = `
def _loop():
    import json, sys, traceback
    for line in sys.stdin:
        try:
            print(json.dumps({"result": globals()[line.strip()]()}), flush=True)
        except Exception:
            print(json.dumps({"error": traceback.format_exc()}), flush=True)
_loop()
`;
