/** Loaded before anything else, so it imports nothing of ours. */
import { accessSync, closeSync, constants, lstatSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../../client/native/build", import.meta.url));
const FLAGS: ReadonlySet<string> = new Set(["--quiet"]);
const WITH_VALUE: ReadonlySet<string> = new Set(["--attr", "--token-file", "--home", "--socket", "--wait"]);
const MACHINES: Readonly<Partial<Record<string, number>>> = { x64: 62, arm64: 183 };
const MACHINE_AT = 18;
const OTHERS_WRITE = 0o022;
/** Well below what execve(2) takes where the stack may be 8 MiB. */
const SAFE_BYTES = 512 * 1024;

type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => void;

/**
 * Becomes `sotto-get` for a plain `agent get`, and does not return; returns where that is not possible: no such program
 * beside the client, an option that it does not take, or a Node without execve (from 22.15 and 23.11 on there is one).
 * A call that fails would end us without a word of ours, so what could make it fail is looked at before.
 */
export function becomeNative(args: readonly string[]): void {
  const { execve } = process as { execve?: unknown }; // the types of Node 20 lack it
  const program = `${BUILD}/sotto-get-${process.arch}`;
  if (typeof execve !== "function" || !isPlain(args) || !isUsable(program) || sizeOf(args) > SAFE_BYTES)
    return;
  process.removeAllListeners("warning"); // it is called experimental
  (execve as Execve).call(process, program, ["sotto-get", ...args], process.env);
}

/** What Node makes of bytes that are not UTF-8: the program would get other ones than we did. */
const REPLACEMENT = "\u{fffd}";

/** One name, and options that `sotto-get` takes, written out in full. */
function isPlain(args: readonly string[]): boolean {
  let names = 0;
  if (args.some((arg) => arg.includes(REPLACEMENT))) return false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-")) names++;
    else if (WITH_VALUE.has(arg) && ++at >= args.length) return false;
    else if (!WITH_VALUE.has(arg) && !FLAGS.has(arg)) return false;
  }
  return names === 1;
}

/** A program for this machine that, like the folder it lies in, only root or this user may have made or changed. */
function isUsable(program: string): boolean {
  try {
    if (![BUILD, program].every(isOurs) || !lstatSync(program).isFile()) return false;
    accessSync(program, constants.X_OK); // also says whether programs may be run from there at all
    return machineOf(program) === MACHINES[process.arch];
  } catch {
    return false;
  }
}

function isOurs(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return (uid === 0 || uid === process.geteuid?.()) && (mode & OTHERS_WRITE) === 0;
}

/** What an ELF program is made for (elf(5)); undefined for anything else. */
function machineOf(program: string): number | undefined {
  const start = Buffer.alloc(MACHINE_AT + 2);
  const fd = openSync(program, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    readSync(fd, start);
  } finally {
    closeSync(fd);
  }
  return start.toString("latin1", 0, 4) === "\x7fELF" ? start.readUInt16LE(MACHINE_AT) : undefined;
}

function sizeOf(args: readonly string[]): number {
  const texts = [...args, ...Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ""}`)];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}
