import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { PYTHON_CLIENT, PYTHON_ENVIRONMENT, PythonStepper } from "../support/python.ts";
import { environment, LOADER, windowsPath } from "./wine.ts";

/** A python.exe, 3.9 or later, with what belongs to it beside it. None can be installed from where the rest comes from. */
const PYTHON_EXE = process.env["SOTTO_TEST_WINDOWS_PYTHON"] ?? "";
/** Where Debian keeps msgpack, which works without its compiled part. */
const MSGPACK = "/usr/lib/python3/dist-packages";

export const hasWindowsPython = PYTHON_EXE !== "";
/** Why the Python client was not run. */
export const NO_PYTHON = "SOTTO_TEST_WINDOWS_PYTHON names no python.exe for Windows, 3.9 or later";

/** Skips a test, and says why, where there is no Python for Windows. */
export function needsWindowsPython(context: TestContext): void {
  context.skip(!hasWindowsPython, NO_PYTHON);
  if (!existsSync(PYTHON_EXE)) throw new Error(`SOTTO_TEST_WINDOWS_PYTHON: there is no ${PYTHON_EXE}`);
}

const variables = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  ...(environment() as Record<string, string>),
  ...PYTHON_ENVIRONMENT,
  PYTHONPATH: [join(PYTHON_CLIENT, "src"), MSGPACK].map(windowsPath).join(";"),
  ...env,
});

/** A job in Python for Windows, in steps. Its input and output are pipes: of Unix's files such a Python can make nothing. */
export const windowsPython = (script: string, env: Readonly<Record<string, string>> = {}): PythonStepper =>
  new PythonStepper(script, [], variables(env), [LOADER, PYTHON_EXE]);

/** For a terminal of its own. */
export const onTerminal = (
  script: string,
  env: Readonly<Record<string, string>>,
): { command: string[]; env: Record<string, string> } => ({
  command: [LOADER, PYTHON_EXE, "-c", script],
  env: variables(env),
});
