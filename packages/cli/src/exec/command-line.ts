import { statSync } from "node:fs";
import { join } from "node:path";
import { Failure, usage } from "../failure/failure.ts";

/** As on Linux, where shells say it so. */
const NOT_FOUND = 127;
const PROGRAMS = ["", ".com", ".exe"];
/** What cmd.exe runs, which reads its arguments by rules of its own: they could not be handed over safely. */
const BATCH = [".bat", ".cmd"];

type Kind = "program" | "batch" | undefined;

/**
 * The file of a command: in the folders of PATH where the command is a mere name, never in the working directory. Throws a
 * failure with exit 127 where there is none, a usage failure for a batch file.
 */
export function findProgram(
  command: string,
  path: string = process.env["PATH"] ?? "",
  kindOf: (file: string) => Kind = kindOnDisk,
): string {
  const isPath = /[\\/:]/.test(command);
  const folders = isPath ? [""] : path.split(";").filter((folder) => folder !== "");
  const files = folders.map((folder) => (folder === "" ? command : join(folder, command)));
  for (const file of command === "" ? [] : files) {
    const found = [...PROGRAMS, ...BATCH].map((end) => file + end).find((one) => kindOf(one) !== undefined);
    if (found === undefined) continue;
    if (kindOf(found) === "program") return found;
    throw usage(
      "the command is a batch file, which is no program",
      "name the program that reads it: -- cmd.exe /c FILE",
    );
  }
  throw new Failure(NOT_FOUND, "there is no such command", "where.exe NAME shows where a program is");
}

function kindOnDisk(file: string): Kind {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  return BATCH.some((end) => file.toLowerCase().endsWith(end)) ? "batch" : "program";
}

/** A command line that CommandLineToArgvW, and the C library of Windows, take apart into these arguments again. */
export const commandLine = (args: readonly string[]): string => args.map(quoted).join(" ");

function quoted(arg: string): string {
  if (arg !== "" && !/[\s"]/.test(arg)) return arg;
  // Backslashes are doubled before a quote, and before the one that ends the argument.
  return `"${arg.replace(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, "$1$1")}"`;
}
