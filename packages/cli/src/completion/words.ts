import type { Command } from "commander";

/** A word that may stand at one place of the command line. */
export interface Word {
  readonly text: string;
  readonly about: string;
}

/** What may follow a command: subcommands, and options. `path` is empty for the program itself. */
export interface Place {
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
}

/** Every command with the words that may follow it. */
export function wordsOf(command: Command, path: readonly string[] = []): Place[] {
  const place: Place = {
    path,
    commands: command.commands.map((one) => ({ text: one.name(), about: one.description() })),
    options: [
      ...command.options.map((option) => ({ text: option.long ?? option.flags, about: option.description })),
      { text: "--help", about: "show this help" },
    ],
  };
  return [place, ...command.commands.flatMap((one) => wordsOf(one, [...path, one.name()]))];
}
