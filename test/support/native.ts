import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, type TestContext } from "vitest";
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

let folder: string | undefined;
const built = new Map<string, string>();

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
  folder ??= mkdtempSync(join(tmpdir(), "sotto-native-"));
  const program = built.get(key) ?? join(folder, `sotto-get-${String(built.size)}`);
  if (!built.has(key))
    execFileSync(join(ROOT, "scripts/native/build"), [cc, program, SOURCES[source], ...flags], {
      stdio: "pipe",
    });
  built.set(key, program);
  return program;
}

/** The program as it is shipped. */
export const sottoGet = (): string => build(compiler ?? "cc", "sotto-get", "-static", "-s");

/** Runs `agent get ARGS`, by Node, and a native program with the same arguments, at the same time. */
export async function runBoth(
  args: readonly string[],
  options: RunOptions = {},
  program = sottoGet(),
): Promise<{ node: Result; native: Result }> {
  const [node, native] = await Promise.all([
    runCommand(process.execPath, [CLI, "get", ...args], options),
    runCommand(program, args, options),
  ]);
  return { node, native };
}
