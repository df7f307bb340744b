import { commandEntry } from "../installation.ts";
import { agentStart, nodeFlags } from "../launcher/arguments.ts";

/** Where everything of the machine's agent lies: the defaults of the user root, so that nobody needs an option. */
export const USER = "sotto";
export const HOME = "/var/lib/sotto";
export const RUN = "/run/sotto";
export const SOCKET = `${RUN}/agent.sock`;
export const CREDENTIAL_SOCKET = `${RUN}/credentials.sock`;

/** What the units run: this very installation, each as the words of a command line. */
export interface Program {
  /** The agent, before its options: a program, flags of node that differ with its version, an entry. */
  readonly agent: readonly string[];
  /** What the agent needs in its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The command line, before the name of a command. */
  readonly command: readonly string[];
}

/** The installation that runs now. */
export function thisProgram(): Program {
  const { words, variables } = agentStart(nodeFlags({ home: HOME, socket: SOCKET }));
  const agent = [process.execPath, ...words];
  return { agent, variables, command: [process.execPath, ...commandEntry()] };
}

/** Folders that the units do not show the agent, or that others may write in. */
const HIDDEN = /^\/(?:home|root|tmp|var\/tmp|run\/user)\//;

/** The paths that the agent's user will not be able to run, as far as their names tell. */
export const hiddenPaths = ({ agent }: Program): string[] => agent.filter((path) => HIDDEN.test(path));

const PLAIN = /^[A-Za-z0-9_.,:/=*@+-]+$/;

/** A command line for ExecStart= (systemd.syntax(7)): quoted, and nothing in it expanded. */
export const commandLine = (words: readonly string[]): string => words.map(word).join(" ");

function word(text: string): string {
  const literal = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (PLAIN.test(literal)) return literal;
  return `"${literal.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** A line `Environment=` (systemd.exec(5)) for each: in them only a percent sign means something. */
export const environmentLines = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([key, value]) => `Environment="${key}=${value.replaceAll("%", "%%").replace(/["\\]/g, "\\$&")}"\n`)
    .join("");

/** One word for /bin/sh. */
export const shellWord = (text: string): string =>
  PLAIN.test(text) && !text.includes("*") ? text : `'${text.replaceAll("'", "'\\''")}'`;
