/** `agent get` becomes `sotto-get` where that lies beside the client and may be trusted, and never needs it. */
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsCompiler, removeBuilds, sottoGet } from "../support/native.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";

const NAME = "job/login";
const STRANGER = 64_323;
const hasExecve = "execve" in process;

removeBuilds();
beforeEach(needsCompiler);
beforeEach((context) => needsPrograms(context, "strace"));

let installed: Installation;
let sandbox: Sandbox;
let build: string;
let program: string;
beforeAll(async () => {
  installed = new Installation();
  build = join(installed.modules, "@sotto/client/native/build");
  program = join(build, `sotto-get-${process.arch}`);
  sandbox = await Sandbox.start();
  await sandbox.set(NAME, "value", ["--attr", "username=batch"]);
  await sandbox.grant(NAME, "--uid", String(process.getuid?.() ?? 0));
});
afterAll(async () => {
  installed[Symbol.dispose]();
  await sandbox[Symbol.asyncDispose]();
});

beforeEach((context) => {
  if (context.task.name.includes("another user")) needsRoot(context);
});

/** As `npm run build:native` leaves it. */
beforeEach(() => {
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { mode: 0o755 });
  copyFileSync(sottoGet(), program);
  chmodSync(program, 0o755);
});

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly stderr: string;
  /** Whether it became `sotto-get`. */
  readonly native: boolean;
}

async function get(...args: readonly string[]): Promise<Run> {
  const file = join(sandbox.folder, "calls");
  const command = ["-f", "-e", "trace=execve", "-o", file, process.execPath, installed.cli, "get", ...args];
  const { status, stdout, stderr } = await runCommand("strace", command, { env: sandbox.environment });
  return {
    status,
    out: stdout.toString(),
    stderr,
    native: readFileSync(file, "latin1").includes('["sotto-get"'),
  };
}

it.each([
  [[NAME], 0],
  [["--quiet", NAME, "--attr", "username", "--wait", "5s"], 0],
  [["job/none"], 4],
  [[NAME, "--socket", "/none/a"], 5],
  [[NAME, "--token-file", "/none"], 2],
  [["not A name"], 2],
  [[NAME, "--wait", "x"], 2],
] as const)(
  "with Node's execve it becomes the native client, and ends as without it: %j",
  async (args, status) => {
    const native = await get(...args);
    expect(native).toMatchObject({ status, native: hasExecve });
    rmSync(build, { recursive: true });
    expect(await get(...args)).toEqual({ ...native, native: false });
  },
);

it("for anything else that `agent get` takes it does not", async () => {
  for (const args of [
    [NAME, "--json"],
    [NAME, "--attr=username"],
    ["--", NAME],
    [NAME, "--nosuch"],
    [NAME, "--attr"],
    [NAME, "--socket", "/\u{fffd}"], // what Node makes of bytes that are not UTF-8
    [],
  ])
    expect((await get(...args)).native, args.join(" ")).toBe(false);
  expect((await get("--help")).out).toContain("Usage: agent get");
});

it.each<[string, () => void]>([
  ["others may write", () => chmodSync(program, 0o757)],
  ["a group may write", () => chmodSync(program, 0o775)],
  ["nobody may run", () => chmodSync(program, 0o644)],
  ["lies where others may write", () => chmodSync(build, 0o777)],
  ["is a script", () => writeFileSync(program, "#!/bin/sh\necho trapped\n")],
  ["is cut off", () => writeFileSync(program, readFileSync(program).subarray(0, 10))],
  ["is for another machine", () => writeFileSync(program, readFileSync(program).fill(0xff, 18, 20))],
  ["is a folder", () => (rmSync(program), mkdirSync(program))],
  ["belongs to another user", () => chownSync(program, STRANGER, STRANGER)],
  ["lies in a folder of another user", () => chownSync(build, STRANGER, STRANGER)],
])("B119: a program that %s is not used, and not needed", async (_what, spoil) => {
  spoil();
  expect(await get(NAME)).toEqual({ status: 0, out: "value", stderr: "", native: false });
});
