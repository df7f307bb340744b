/** What `get` writes: exact bytes, a newline on a terminal only, and a failure where they could not be written. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { Pty } from "../support/pty.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI } from "../support/sandbox.ts";

const TEXT = { name: "output/text", value: Buffer.from("a value of one line") };
const BYTES = { name: "output/bytes", value: Buffer.from([0, 255, 10, 13, 128, 10, 10]) };
/** More than a pipe holds. */
const LONG = { name: "output/long", value: Buffer.alloc(200_000, "x") };
const STACK_TRACE = /\n +at |node:|\.js:\d/;

const agent = liveAgent();

beforeAll(async () => {
  using administrator = await agent().administrator();
  for (const { name, value } of [TEXT, BYTES, LONG]) await set(administrator, name, value);
  await grant(administrator, "output/**", { uids: [process.getuid?.() ?? 0] });
});

it.each([TEXT, BYTES, LONG])("B117: to a pipe, $name is its exact bytes", async ({ name, value }) => {
  expect((await agent().sandbox.ok(["get", name])).stdout).toEqual(value);
});

it("B117: on a terminal a newline is added", async (context) => {
  needsPrograms(context, "setsid");
  using pty = new Pty();
  const child = pty.spawn([process.execPath, CLI, "get", TEXT.name], agent().sandbox.environment);
  expect(await child.ended).toEqual({ status: 0, signal: null });
  expect(pty.screen).toBe(`${TEXT.value.toString()}\r\n`);
});

it.each([
  ["get", ["get", LONG.name]],
  ["get of what would fit", ["get", TEXT.name]],
  ["get --json", ["get", TEXT.name, "--json"]],
  ["list", ["list"]],
  ["status", ["status"]],
  ["help", ["help"]],
])("B117: %s into a pipe that nobody reads fails, without a stack trace", async (_name, args) => {
  const child = start(args, "pipe");
  child.stdout?.destroy();
  const { status, stderr } = await endOf(child);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^agent: error: .*the reader of the output has gone/);
  expect(stderr).not.toMatch(STACK_TRACE);
});

it.each([
  ["get", ["get", TEXT.name]],
  ["get --json", ["get", TEXT.name, "--json"]],
  ["list", ["list"]],
  ["status --json", ["status", "--json"]],
  ["--help", ["--help"]],
])("B118: %s to a full disk fails", async (_name, args) => {
  const full = openSync("/dev/full", constants.O_WRONLY);
  try {
    const { status, stderr } = await endOf(start(args, full));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^agent: error: .*no space left/i);
    expect(stderr).not.toMatch(STACK_TRACE);
    expect(stderr).not.toContain(TEXT.value.toString());
  } finally {
    closeSync(full);
  }
});

function start(args: readonly string[], stdout: "pipe" | number): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], {
    env: agent().sandbox.environment,
    cwd: "/",
    stdio: ["ignore", stdout, "pipe"],
  });
}

function endOf(child: ChildProcess): Promise<{ status: number | null; stderr: string }> {
  let stderr = "";
  child.stderr?.on("data", (part: Buffer) => (stderr += part.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stderr }));
  });
}
