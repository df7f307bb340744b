import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import type { Variable } from "./environment.ts";

/** From Node 22.15 and 23.11 on; the types of Node 20 lack it. */
type Execve = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => void;

function execveOf(): Execve | undefined {
  const { execve } = process as { execve?: unknown };
  return typeof execve === "function" ? (execve as Execve) : undefined;
}

/** Well below what execve(2) takes of arguments and environment together where the stack may be 8 MiB: 2 MiB. */
const SAFE_BYTES = 512 * 1024;

/**
 * Becomes the command, with these variables added to the environment, and does not return; returns where that is not
 * possible. The strings that it makes of the values, and all else, go with the memory of this program. A failure of the
 * call itself would end us without a word that is ours, so what could make it fail goes the other way from the start.
 */
export function replaceProcess(file: string, args: readonly string[], variables: readonly Variable[]): void {
  const execve = execveOf();
  if (execve === undefined || !variables.every(({ bytes }) => isUtf8(bytes))) return;
  if (!isPlainProgram(file) || sizeOf(args, variables) > SAFE_BYTES) return;
  const values = variables.map(({ variable, bytes }) => [variable, bytes.toString("utf8")] as const);
  process.removeAllListeners("warning"); // it is called experimental
  for (const ignored of ["SIGPIPE", "SIGXFSZ"]) process.on(ignored, () => undefined); // Node ignores them; caught ones are reset
  execve.call(process, file, args, { ...process.env, ...Object.fromEntries(values) });
}

/** An ELF program, or a script that names its interpreter: others need a shell (execvp(3)). */
function isPlainProgram(file: string): boolean {
  const start = Buffer.alloc(4);
  try {
    const fd = openSync(file, "r");
    try {
      readSync(fd, start);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false; // may be run, but not read
  }
  return start.toString("latin1") === "\x7fELF" || start.toString("latin1", 0, 2) === "#!";
}

function sizeOf(args: readonly string[], variables: readonly Variable[]): number {
  const texts = [...args, ...Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ""}`)];
  const rest = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  return variables.reduce((sum, { variable, bytes }) => sum + variable.length + bytes.length + 2, rest);
}
