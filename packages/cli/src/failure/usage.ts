import type { Command, CommanderError } from "commander";
import { Failure, usage } from "./failure.ts";

export const SECRET_WORDS = /pass|secret|token|value|credential|key|^--pw|^--pin/;
const NOT_AS_ARGUMENT =
  "no passphrase, value or token is taken as an argument: it would be in the list of processes and the shell's history; leave it out to be prompted";
const BEHIND_DASHES = "options of the command that is run stand behind --: agent exec ... -- COMMAND -x";
/** A long option in letters alone: nobody's passphrase, and worth repeating in a message. */
const OPTION_NAME = /'(--[a-z][a-z-]{1,30})(?:=.*)?'/s;

/** Not a failure: commander has written a help or a version, and wants to end. */
export class Finished extends Error {}

/** What commander refused, in our words. Its own texts quote arguments, and one of those could be a secret. */
export function usageFailure(command: Command, error: CommanderError): Error {
  if (error.exitCode === 0) return new Finished();
  const seeHelp = `${pathOf(command)} --help shows how`;
  const wording = WORDINGS[error.code];
  const [text, hint] = wording?.(error.message) ?? ["this is not how the command is called"];
  const isExec = error.code === "commander.unknownOption" && command.name() === "exec";
  return new Failure(
    usage("").exit,
    `${prefixOf(command)}${text}`,
    hint ?? (isExec ? BEHIND_DASHES : seeHelp),
  );
}

type Wording = readonly [text: string, hint?: string];

/** For each code of commander's; undefined hints point to the help. */
const WORDINGS: Readonly<Record<string, (message: string) => Wording>> = {
  "commander.help": () => ["which command?"],
  "commander.unknownCommand": (message) => ["there is no such command", didYouMean(message)],
  "commander.unknownOption": unknownOption,
  "commander.excessArguments": () => ["there are more arguments than it takes", NOT_AS_ARGUMENT],
  "commander.missingArgument": (message) => [
    `${/'([a-z]+)'/.exec(message)?.[1] ?? "an argument"} is missing`,
  ],
  "commander.optionMissingArgument": (message) => [
    `${/--[a-z-]+/.exec(message)?.[0] ?? "an option"} takes an argument`,
  ],
};

function unknownOption(message: string): Wording {
  const name = OPTION_NAME.exec(message)?.[1];
  if (name === undefined) return ["there is no such option"];
  return [`there is no option ${name}`, SECRET_WORDS.test(name) ? NOT_AS_ARGUMENT : didYouMean(message)];
}

/** The suggestion is one of our own names. */
function didYouMean(message: string): string | undefined {
  const names = /\(Did you mean (?:one of )?([a-z, -]+)\?\)/.exec(message)?.[1];
  return names === undefined ? undefined : `did you mean ${names}?`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** The command without the program's name, and a colon; nothing for the program itself. */
function prefixOf(command: Command): string {
  const path = pathOf(command).split(" ").slice(1).join(" ");
  return path === "" ? "" : `${path}: `;
}
