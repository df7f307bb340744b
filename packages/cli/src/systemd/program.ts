import { fileURLToPath } from "node:url";
import { nodeFlags } from "../launcher/arguments.ts";

/** Where everything of the machine's agent lies: the defaults of the user root, so that nobody needs an option. */
export const USER = "sotto";
export const HOME = "/var/lib/sotto";
export const RUN = "/run/sotto";
export const SOCKET = `${RUN}/agent.sock`;
export const CREDENTIAL_SOCKET = `${RUN}/credentials.sock`;

/** What the units run: this very installation. */
export interface Program {
  readonly node: string;
  /** Entry of the agent. */
  readonly agent: string;
  /** Entry of the command line. */
  readonly cli: string;
  /** Flags of node for the agent: they differ with its version. */
  readonly flags: readonly string[];
}

/** The installation that runs now. */
export function thisProgram(): Program {
  return {
    node: process.execPath,
    agent: fileURLToPath(import.meta.resolve("@sotto/agent/main")),
    cli: fileURLToPath(new URL("../../bin/agent.js", import.meta.url)),
    flags: nodeFlags({ home: HOME, socket: SOCKET }),
  };
}

/** Folders that the units do not show the agent, or that others may write in. */
const HIDDEN = /^\/(?:home|root|tmp|var\/tmp|run\/user)\//;

/** The paths that the agent's user will not be able to run, as far as their names tell. */
export const hiddenPaths = ({ node, agent }: Program): string[] =>
  [node, agent].filter((path) => HIDDEN.test(path));

const PLAIN = /^[A-Za-z0-9_.,:/=*@+-]+$/;

/** A command line for ExecStart= (systemd.syntax(7)): quoted, and nothing in it expanded. */
export const commandLine = (words: readonly string[]): string => words.map(word).join(" ");

function word(text: string): string {
  const literal = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (PLAIN.test(literal)) return literal;
  return `"${literal.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** One word for /bin/sh. */
export const shellWord = (text: string): string =>
  PLAIN.test(text) && !text.includes("*") ? text : `'${text.replaceAll("'", "'\\''")}'`;
