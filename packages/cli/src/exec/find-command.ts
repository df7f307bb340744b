import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure/failure.ts";

/** As env(1), sudo(8) and shells say it. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
/** Where execvp(3) looks without PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/**
 * The file of a command, looked for as execvp(3) does. Throws a failure with exit 127 where there is none and 126 where
 * it may not be run. Looked for before any secret is fetched, so that a slip of the pen uses up no fetch.
 */
export function findCommand(command: string): string {
  const candidates = command.includes("/") ? [command] : inPath(command);
  const states = candidates.map((path) => ({ path, state: stateOf(path) }));
  const found = states.find(({ state }) => state === "executable");
  if (found !== undefined) return found.path;
  if (states.some(({ state }) => state === "closed"))
    throw new Failure(NOT_EXECUTABLE, "the command may not be run", "is it a program, and of mode 0755?");
  throw new Failure(NOT_FOUND, "there is no such command", "command -v NAME shows where a program is");
}

const inPath = (command: string): string[] =>
  command === ""
    ? []
    : (process.env["PATH"] ?? DEFAULT_PATH).split(":").map((folder) => join(folder || ".", command));

function stateOf(path: string): "executable" | "closed" | "absent" {
  try {
    const isFile = statSync(path).isFile();
    accessSync(path, constants.X_OK);
    return isFile ? "executable" : "closed";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    return ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code) ? "absent" : "closed";
  }
}

/** The failure for a start that the system refused after all. */
export function startFailure(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const exit = code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE;
  return new Failure(exit, `the command could not be started (${code})`);
}
