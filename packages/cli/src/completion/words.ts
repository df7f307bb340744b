import type { Command } from "commander";

/** A word that may stand at one place of the command line. */
export interface Word {
  readonly text: string;
  readonly about: string;
}

/** What may follow a command: subcommands, options, and names of secrets. `path` is empty for the program itself. */
export interface Place {
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  readonly takesName: boolean;
}

/** Operands that are names of secrets, as the table calls them. */
const NAMES: ReadonlySet<string> = new Set(["name", "old", "selector", "prefix"]);

/** What a script runs for the names that may follow: silent, and never asks for anything. */
export const NAMES_COMMAND = "completion names 2>/dev/null";

/** Every command with the words that may follow it. */
export function wordsOf(command: Command, path: readonly string[] = []): Place[] {
  const place: Place = {
    path,
    commands: command.commands.map((one) => ({ text: one.name(), about: one.description() })),
    options: [
      ...command.options.map((option) => ({ text: option.long ?? option.flags, about: option.description })),
      { text: "--help", about: "show this help" },
    ],
    takesName: command.registeredArguments.some((one) => NAMES.has(one.name())),
  };
  return [place, ...command.commands.flatMap((one) => wordsOf(one, [...path, one.name()]))];
}
