import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { getAsset, isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import { EXIT, Failure } from "./failure/failure.ts";

/**
 * How Sotto is installed: as packages that Node runs, or as one program that needs no Node and is command line and agent
 * both (`npm run build:exe`). Nothing else asks which it is, or where files of its own lie.
 */
export const isSingleProgram = isSea();

/** The first word by which the one program knows that it is to be the agent. It is no command. */
export const AGENT_WORD = "run-agent";

/** What node runs as the agent, and as the command line; nothing where the program is both by itself. */
export const agentEntry = (): string[] => (isSingleProgram ? [] : [agentFile()]);
export const commandEntry = (): string[] =>
  isSingleProgram ? [] : [fileURLToPath(new URL("../bin/agent.js", import.meta.url))];

function agentFile(): string {
  try {
    return createRequire(import.meta.url).resolve("@sotto/agent/main");
  } catch {
    throw new Failure(EXIT.failed, "this installation of Sotto lacks the agent", "install it again");
  }
}

/** Beside the one program. */
const NATIVE = ["koffi.node", "sodium-native.node"];

/** What can be changed to change what runs. */
export function programPaths(): string[] {
  const beside = dirname(process.execPath);
  const native = isSingleProgram ? NATIVE.map((name) => join(beside, name)) : [];
  return [process.execPath, ...commandEntry(), ...agentEntry(), ...native];
}

export interface Manifest {
  readonly version: string;
  /** As in a manifest, such as `>=20.19`. */
  readonly neededNode: string;
}

export function manifest(): Manifest {
  const text = isSingleProgram
    ? getAsset("package.json", "utf8")
    : readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version, engines } = JSON.parse(text) as { version: string; engines: { node: string } };
  return { version, neededNode: engines.node };
}
