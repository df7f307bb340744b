import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, type TestContext } from "vitest";
import type { Result, RunOptions } from "./command.ts";
import { runCommand } from "./command.ts";
import { CLI } from "./sandbox.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SKIPPED = "(scripts/prepare installs musl-tools as root)";

/** What tests compile: the program, and programs around its source. */
const SOURCES = {
  "sotto-get": join(ROOT, "packages/client/native/sotto-get.c"),
  checked: join(ROOT, "test/native/checked.c"),
  decode: join(ROOT, "test/native/decode.c"),
  fuzz: join(ROOT, "test/native/fuzz.c"),
};
type Source = keyof typeof SOURCES;

/** True where a program is on the PATH. */
export const isInstalled = (program: string): boolean =>
  spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" }).status === 0;

/** The compiler that `npm run build:native` takes; undefined where there is none. */
export const compiler = ["musl-gcc", "cc"].find(isInstalled);

/** Skips the test, saying why, where nothing can be compiled. */
export function needsCompiler(context: Pick<TestContext, "skip">): void {
  context.skip(compiler === undefined, `not installed: a C compiler ${SKIPPED}`);
}

const SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1"] as const;
const hasSanitizers =
  spawnSync("cc", [...SANITIZED, "-x", "c", "-", "-o", "/dev/null"], {
    input: "int main(void) { return 0; }\n",
  }).status === 0;

/** Skips the test, saying why, where the compiler has no sanitizers. */
export function needsSanitizers(context: Pick<TestContext, "skip">): void {
  context.skip(!hasSanitizers, "not installed: gcc or clang with address and undefined sanitizers");
}

/** With address and undefined sanitizers, and a look at its memory on every way out. Fails loudly. */
export const sanitized = (): string => build("cc", "checked", ...SANITIZED);

let folder: string | undefined;
const built = new Map<string, string>();

/** Every user may run what lies in it. */
function openFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "sotto-native-"));
  chmodSync(path, 0o755);
  return path;
}

/** Call it once in a file that compiles: removes what was compiled after the last test. */
export function removeBuilds(): void {
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
}

/**
 * Compiles `sotto-get`, or a program of test/native around it, with a compiler and more flags, once in a test file.
 * Returns the path of the program.
 */
export function build(cc: string, source: Source, ...flags: readonly string[]): string {
  const key = [cc, source, ...flags].join(" ");
  folder ??= openFolder();
  const program = built.get(key) ?? join(folder, `sotto-get-${String(built.size)}`);
  if (!built.has(key))
    execFileSync(join(ROOT, "scripts/native/build"), [cc, program, SOURCES[source], "-Werror", ...flags], {
      stdio: "pipe",
    });
  built.set(key, program);
  return program;
}

/** The program as it is shipped. */
export const sottoGet = (): string => build(compiler ?? "cc", "sotto-get", "-static", "-s");

export interface Both {
  /** `agent get`, run by Node. */
  readonly node: Result;
  readonly native: Result;
}

export interface BothOptions extends RunOptions {
  /** A line for sh in which `"$@"` stands for the program and its arguments. */
  readonly line?: string;
  /** Instead of the one of this checkout. */
  readonly cli?: string;
  /** Instead of the program as it is shipped. */
  readonly program?: string;
}

/** So that `agent get` does its work itself, whether or not somebody has built the native program. */
const WITHOUT_EXECVE =
  "execve" in process ? ["--import", "data:text/javascript,delete%20process.execve"] : [];

/** Runs `agent get ARGS` and `sotto-get ARGS` at the same time. */
export async function runBoth(args: readonly string[], options: BothOptions = {}): Promise<Both> {
  const { line = 'exec "$@"', cli = CLI, program = sottoGet(), ...rest } = options;
  const run = (command: readonly string[]): Promise<Result> =>
    runCommand("/bin/sh", ["-c", line, "sh", ...command, ...args], rest);
  const [node, native] = await Promise.all([
    run([process.execPath, ...WITHOUT_EXECVE, cli, "get"]),
    run([program]),
  ]);
  return { node, native };
}

export interface End {
  readonly status: number | null;
  /** Byte for byte, as latin1. */
  readonly stdout: string;
  readonly stderr: string;
}

const endOf = ({ status, stdout, stderr }: Result): End => ({
  status,
  stdout: stdout.toString("latin1"),
  stderr,
});

/** Both must end alike; returns how. */
export async function alike(args: readonly string[], options: BothOptions = {}): Promise<End> {
  const { node, native } = await runBoth(args, options);
  expect([args, endOf(native)]).toEqual([args, endOf(node)]);
  return endOf(native);
}

/** Does something with each of many, four at a time: a process each, on a machine that others share. */
export async function inFours<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += 4)
    results.push(...(await Promise.all(all.slice(at, at + 4).map(act))));
  return results;
}
