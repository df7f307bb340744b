/** `agent get` as jobs call it is one small file; what it says and how it ends is what the whole command line does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const MAIN = join(dirname(CLI), "../dist/main.js"); // as compiled, not bundled
const VALUE = Buffer.from([0, 0xff, 0x0a, 0x22, 0xc3, 0xa9]);
const TRACE = ["-f", "-e", "trace=openat,open,execve", "-o"];
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sotto-get-"));
  sandbox = await Sandbox.start({ init: true });
  const own = ["--uid", String(process.getuid?.())];
  await sandbox.set("job/login", VALUE, ["--attr", "user=me"]);
  await sandbox.set("job/text", "text\n");
  await sandbox.set("job/other", "not for us");
  await sandbox.grant("job/login", ...own);
  await sandbox.grant("job/text", ...own);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The files that were opened with success, as strace(1) tells them. */
const opened = (file: string): string[] =>
  [...readFileSync(file, "latin1").matchAll(/open(?:at)?\((?:AT_FDCWD, )?"([^"]+)".* = \d+$/gm)].map(
    ([, path = ""]) => path,
  );

/** Without the native client, which Node 24 would become. */
function installedWithoutNative(): Installation {
  const installed = new Installation();
  rmSync(join(installed.modules, "@sotto/client/native"), { recursive: true, force: true });
  return installed;
}

it("a job's get opens two files of Sotto, and no module of anybody else", async (context) => {
  needsRoot(context); // strace
  using installed = installedWithoutNative();
  const looksForNative = "execve" in process ? ["/@sotto/cli/dist/native-get.cjs"] : [];
  const trace = join(folder, "trace");
  const args = [...TRACE, trace, installed.node, installed.cli, "get", "job/login"];
  const got = await runCommand("strace", args, { env: sandbox.environment });
  expect(got.stdout).toEqual(VALUE);
  const files = opened(trace).filter((path) => path.startsWith(installed.modules));
  const code = files.filter((path) => !path.endsWith("package.json"));
  expect(code.map((path) => path.slice(installed.modules.length))).toEqual([
    "/@sotto/cli/bin/agent.js",
    ...looksForNative,
    "/@sotto/cli/dist/job.cjs",
  ]);
  expect(opened(trace).filter((path) => /\.node$|msgpackr|commander/.test(path))).toEqual([]);
});

/** What Node brings and takes long to load. Three of these were loaded until somebody looked: module, perf_hooks, tty. */
const SLOW = ["child_process", "module", "perf_hooks", "timers/promises", "tty", "util", "worker_threads"];

it("a job's get loads nothing of Node that it does not use, either", async () => {
  using installed = installedWithoutNative();
  const tell = join(folder, "tell.cjs");
  const before = "const before = new Set(process.moduleLoadList);";
  const after = "process.moduleLoadList.filter((name) => !before.has(name)).join('\\n')";
  writeFileSync(tell, `${before} process.on("exit", () => require("fs").writeSync(2, ${after}));`);
  const args = ["--require", tell, installed.cli, "get", "job/login"];
  const { stdout, stderr } = await runCommand(installed.node, args, { env: sandbox.environment });
  expect(stdout).toEqual(VALUE);
  expect(stderr).toContain("NativeModule net");
  expect(SLOW.filter((name) => stderr.split("\n").includes(`NativeModule ${name}`))).toEqual([]);
});

it("the one file holds neither the parser of the command line nor msgpackr, and is small", () => {
  const text = readFileSync(join(dirname(CLI), "../dist/job.cjs"), "utf8");
  expect(text.length).toBeLessThan(40_000);
  expect(text).not.toMatch(/commander|msgpackr|Argon|sodium/);
  const required = [...text.matchAll(/require\(["`']([^"`']+)/g)].map(([, name = ""]) => name);
  expect(required.filter((name) => !isBuiltin(name))).toEqual([]);
  const map = JSON.parse(readFileSync(join(dirname(CLI), "../dist/job.cjs.map"), "utf8")) as {
    sources: string[];
  };
  expect(map.sources.some((source) => source.endsWith("src/job.ts"))).toBe(true);
});

const CALLS: readonly (readonly string[])[] = [
  ["job/login"],
  ["job/text", "--quiet"],
  ["job/login", "--json"],
  ["job/text", "--json"],
  ["job/login", "--attr", "user"],
  ["job/login", "--attr", "user", "--json"],
  ["job/login", "--attr", "toString"],
  ["job/other"],
  ["job/other", "--quiet"],
  ["job/none", "--wait", "5s"],
  ["Not A Name"],
  ["job/login", "--wait", "soon"],
  ["job/login", "--socket", "/nowhere/agent.sock"],
  ["job/login", "--socket", "/etc/passwd"],
  ["job/login", "--socket", `/${"x".repeat(120)}`],
  ["job/login", "--home", "/nowhere"],
  ["job/login", "--token-file", "/nowhere/token"],
  ["job/login", "--nonsense"],
  ["job/login", "job/text"],
  [],
];

it.each(CALLS.map((args) => ({ args })))("get $args is the same in one file", async ({ args }) => {
  const env = sandbox.environment;
  const quick = await runCommand(process.execPath, [CLI, "get", ...args], { env });
  const whole = await runCommand(process.execPath, [MAIN, "get", ...args], { env });
  expect(quick).toEqual(whole);
});

it("is the same for secrets in the environment, tokens that are wrong, and a reader that has gone", async () => {
  const token = join(folder, "token");
  writeFileSync(token, "x".repeat(43), { mode: 0o600 });
  const environments: Record<string, string>[] = [{ SOTTO_TOKEN: "x" }, { SOTTO_TOKEN_FILE: token }];
  for (const env of environments) {
    const run = (entry: string): ReturnType<typeof runCommand> =>
      runCommand(process.execPath, [entry, "get", "job/login"], { env: { ...sandbox.environment, ...env } });
    expect(await run(CLI)).toEqual(await run(MAIN));
  }
  const gone = (entry: string): ReturnType<typeof runCommand> =>
    runCommand(
      "bash",
      ["-c", 'exec > >(exec >&- <&-); sleep 0.2; "$0" "$1" get job/login', process.execPath, entry],
      {
        env: sandbox.environment,
      },
    );
  const [quick, whole] = [await gone(CLI), await gone(MAIN)];
  expect(quick.stderr).toContain("the reader of the output has gone");
  expect([quick.status, quick.stderr]).toEqual([whole.status, whole.stderr]);
});

it("is the same when the agent is locked; with --wait both wait until it is unlocked", async () => {
  await using other = await Sandbox.start({ init: true });
  await other.set("job/late", "value");
  await other.grant("job/late", "--uid", String(process.getuid?.()));
  await other.ok(["lock"]);
  const run = (entry: string, ...more: string[]): ReturnType<typeof runCommand> =>
    runCommand(process.execPath, [entry, "get", "job/late", ...more], { env: other.environment });
  const refused = await run(CLI);
  expect(refused.status).toBe(3);
  expect(refused).toEqual(await run(MAIN));
  expect(await run(CLI, "--wait", "1s")).toEqual(await run(MAIN, "--wait", "1s"));
  const waiting = Promise.all([run(CLI, "--wait", "60s"), run(MAIN, "--wait", "60s")]);
  await other.ok(["unlock"], { passphrase: PASSPHRASE });
  for (const { stdout } of await waiting) expect(stdout.toString()).toBe("value");
});
