import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { usage } from "../failure/failure.ts";
import type { End } from "../launcher/spawn.ts";
import { startFailure } from "./find-command.ts";
import type { Inherited } from "../platform/inherited.ts";
import { letGo } from "./let-go.ts";
import { endAlike, Relay } from "./relay.ts";

/** A command and what it is given; the descriptors are handed over and closed here. */
export interface Start {
  readonly file: string;
  /** With the command's own name first. */
  readonly args: readonly string[];
  /** Variables that are not secret, added to the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where a shell shall read variables that are: a descriptor of ours. */
  readonly script: number | undefined;
  /** Descriptors of ours, by the number that they have in the command. */
  readonly descriptors: ReadonlyMap<number, number>;
  readonly inherited: readonly Inherited[];
}

/**
 * Starts the command as a child, relays signals to it, and ends as it ends. Standard input, output and error are its own.
 */
export async function runChild(start: Start): Promise<void> {
  const relay = new Relay();
  try {
    const child = spawnCommand(start);
    const end = ended(child);
    relay.attach(child);
    letGo(start.inherited);
    const how = await end;
    relay.stop();
    endAlike(how);
  } finally {
    relay.stop();
  }
}

function spawnCommand(start: Start): ChildProcess {
  const places = new Map<number, number>([
    ...start.inherited.map(({ fd }) => [fd, fd] as const),
    ...start.descriptors,
  ]);
  const scriptPlace = start.script === undefined ? undefined : freePlace(places);
  if (start.script !== undefined && scriptPlace !== undefined) places.set(scriptPlace, start.script);
  const stdio = Array.from({ length: Math.max(2, ...places.keys()) + 1 }, (_, fd) =>
    fd < 3 ? fd : (places.get(fd) ?? "ignore"),
  );
  const env = { ...process.env, ...start.variables };
  const [program, args] = scriptPlace === undefined ? direct(start) : throughShell(start, scriptPlace);
  try {
    return spawn(program, args, { stdio, env, argv0: scriptPlace === undefined ? start.args[0] : undefined });
  } finally {
    for (const fd of [...start.descriptors.values(), ...(start.script === undefined ? [] : [start.script])])
      closeSync(fd);
  }
}

const direct = ({ file, args }: Start): [string, string[]] => [file, args.slice(1)];

/**
 * A shell reads the variables from memory and becomes the command: strings that hold a secret are in its memory only, and
 * gone with it. It is told nothing that is secret.
 */
function throughShell({ file, args }: Start, place: number): [string, string[]] {
  const [name = file, ...rest] = args;
  const script = `. /proc/self/fd/${place}; exec ${place}<&-; exec "$@"`;
  return ["/bin/sh", ["-c", script, "sh", name.startsWith("-") ? file : name, ...rest]];
}

/** Shells can close descriptors of one digit only. */
function freePlace(places: ReadonlyMap<number, number>): number {
  const place = [9, 8, 7, 6, 5, 4, 3].find((fd) => !places.has(fd));
  if (place !== undefined) return place;
  throw usage("--env needs one descriptor from 3 to 9 that the command does not use");
}

const ended = (child: ChildProcess): Promise<End> =>
  new Promise((resolve, reject) => {
    child.once("error", (error) => reject(startFailure(error)));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
