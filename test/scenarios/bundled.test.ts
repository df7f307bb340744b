/** Every command is bundled: few files, no ES module; and what it says and how it ends is what the compiled sources do. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsRoot } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

const MAIN = join(dirname(CLI), "../dist/main.js"); // as compiled, not bundled
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sotto-bundled-"));
  sandbox = await Sandbox.start({ init: true });
  await sandbox.set("job/login", "value");
  await sandbox.grant("job/login", "--uid", String(process.getuid?.()));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const run = (entry: string, args: readonly string[]): ReturnType<typeof runCommand> =>
  runCommand(process.execPath, [entry, ...args], { env: sandbox.environment });

it.each([
  ...["status", "list", "list --all", "rules", "get job/login", "get job/none", "show job/login"],
  ...["explain job/login --uid 0", "audit", "completion bash", "help set", "set", "nonsense", "--version"],
])("agent %s is the same, bundled and compiled", async (line) => {
  const args = line.split(" ");
  const [bundled, compiled] = [await run(CLI, args), await run(MAIN, args)];
  const uptime = /uptime: .*/;
  expect(bundled.stdout.toString().replace(uptime, "")).toBe(compiled.stdout.toString().replace(uptime, ""));
  expect([bundled.status, bundled.stderr]).toEqual([compiled.status, compiled.stderr]);
});

it.for(["list", "status", "slot list", "audit verify", "help"])(
  "agent %s loads its own file, what all share, and commander; no ES module",
  async (line, context) => {
    needsRoot(context); // strace
    const trace = join(folder, "trace");
    const args = ["-f", "-e", "trace=openat,open", "-o", trace, process.execPath, CLI, ...line.split(" ")];
    await runCommand("strace", args, { env: sandbox.environment });
    const opened = readFileSync(trace, "latin1").matchAll(/"([^"]+\.[cm]?js)".* = \d+$/gm);
    const loaded = [...opened].map(([, path = ""]) => path);
    const ours = loaded.filter((path) => path.includes("/packages/")).map((path) => basename(path));
    expect(ours.slice(0, 2)).toEqual(["agent.js", "whole.cjs"]);
    expect(ours.slice(2).filter((name) => !/^whole-[a-z-]+\.cjs$/.test(name))).toEqual([]);
    expect(ours.length).toBeLessThan(9);
    expect(loaded.filter((path) => !/\/packages\/|\/commander\//.test(path))).toEqual([]);
  },
);

it("an installation without the agent says so, and what to do", async () => {
  using installed = new Installation();
  rmSync(join(installed.modules, "@sotto/agent/dist"), { recursive: true });
  const { status, stderr } = await runCommand(installed.node, [
    installed.cli,
    "start",
    "--home",
    join(folder, "h"),
  ]);
  expect([status, stderr]).toEqual([
    1,
    "agent: error: start: this installation of Sotto lacks the agent\nagent: hint: install it again\n",
  ]);
});
