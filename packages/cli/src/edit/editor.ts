import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { readDescriptor } from "../input/descriptor.ts";
import { writeAll } from "../output/write.ts";
import { isTerminal } from "../terminal/is-terminal.ts";
import { MAX_TEXT_BYTES } from "./text.ts";

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const SAME_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MODE = 0o600;
const NOT_FOUND = 127;
/** Keys of the terminal, which are for the editor. */
const FOR_THE_EDITOR = ["SIGINT", "SIGQUIT"] as const;
const ENDING = ["SIGTERM", "SIGHUP"] as const;

/** The editor of who calls, as a shell reads it. Throws a usage failure where none is chosen: a default could wait for keys. */
export function chosenEditor(): string {
  const { VISUAL, EDITOR } = process.env;
  const editor = VISUAL === undefined || VISUAL === "" ? EDITOR : VISUAL;
  if (editor !== undefined && editor !== "") return editor;
  throw usage("no editor is chosen", "name one: EDITOR=nano agent edit NAME");
}

/**
 * Lets the editor change a file with these bytes in `folder`, and returns what is in it then, which the caller wipes. Throws
 * a failure when the editor fails or a signal ends us meanwhile.
 */
export async function edit(editor: string, folder: string, parts: readonly Buffer[]): Promise<Buffer> {
  const file = join(folder, "secret");
  const fd = openSync(file, NEW_FILE, MODE);
  try {
    for (const part of parts) writeAll(fd, part);
  } finally {
    closeSync(fd);
  }
  await runEditor(editor, file, folder);
  return readBack(file);
}

/** Its temporary files go into the folder too, where it lets itself be told. */
async function runEditor(editor: string, file: string, folder: string): Promise<void> {
  const child = spawn("/bin/sh", ["-c", commandLine(editor), "sh", file], {
    stdio: [0, isTerminal(1) ? 1 : 2, 2],
    env: { ...process.env, TMPDIR: folder },
  });
  let signal: NodeJS.Signals | undefined;
  const end = (which: NodeJS.Signals): void => {
    signal = which;
    child.kill(which);
  };
  const ignore = (): void => undefined;
  for (const key of FOR_THE_EDITOR) process.on(key, ignore);
  for (const one of ENDING) process.on(one, end);
  const status = await statusOf(child);
  for (const key of FOR_THE_EDITOR) process.off(key, ignore);
  for (const one of ENDING) process.off(one, end);
  if (signal !== undefined) throw new Failure(EXIT.failed, `ended by ${signal}: nothing was stored`);
  if (status === NOT_FOUND) throw usage("there is no such editor", "EDITOR names it");
  if (status !== 0) throw new Failure(EXIT.failed, "the editor failed: nothing was stored");
}

const WORDS = /^([\w./+@,-]+)(?: +[\w./+@,-]+)*$/;

/**
 * For the shell. It becomes the editor where that is a program and words alone: what ends it then ends the editor, and
 * leaves none behind that has the secret.
 */
function commandLine(editor: string): string {
  const plain = `${editor} "$@"`;
  const [, program] = WORDS.exec(editor) ?? [];
  return program === undefined
    ? plain
    : `case $(command -v ${program}) in */*) exec ${plain} ;; *) ${plain} ;; esac`;
}

const statusOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });

function readBack(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, SAME_FILE);
  } catch {
    throw usage("the editor left no file: nothing was stored");
  }
  try {
    return readDescriptor(fd, "the file", { limit: MAX_TEXT_BYTES, trim: false });
  } finally {
    closeSync(fd);
  }
}
