import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import type { Ended } from "./wine.ts";
import { needsWine, NODE, windowsPath, WineSandbox } from "./wine.ts";

const VALUE = 'grüß dich, "quotes" & 100% 🔑';
const CLI = windowsPath(fileURLToPath(new URL("../../packages/cli/bin/agent.js", import.meta.url)));
const SHOW = windowsPath(fileURLToPath(new URL("scripts/show.cjs", import.meta.url)));
const PROGRAM = windowsPath(NODE);

let sandbox: WineSandbox;
beforeAll(async () => {
  if (inject("noWine") !== "") return;
  sandbox = await WineSandbox.start();
  await sandbox.ok(["set", "db/main", "--stdin", "--attr", "username=app"], VALUE);
  await sandbox.ok(["set", "db/binary", "--stdin"], "a\0b");
  await sandbox.ok(["grant", "db/**", "--user", String.raw`BUILTIN\Users`]);
  const { unlockedBySid: sid } = JSON.parse((await sandbox.ok(["status", "--json"])).stdout) as {
    unlockedBySid: string;
  };
  await sandbox.ok(["grant", "db/**", "--sid", sid]);
});
afterAll(async () => {
  if (inject("noWine") === "") await sandbox[Symbol.asyncDispose]();
});
beforeEach((context) => needsWine(context));

const exec = (options: readonly string[], ...command: readonly string[]): Promise<Ended> =>
  sandbox.node([CLI, "exec", "--home", sandbox.home, ...options, "--", ...command]).ended;

it("gives the command the value in its environment, its arguments as they are, and nothing of it on a command line", async () => {
  const args = ["a b", 'say "hi"', String.raw`back\slash "\ `, ""];
  const env = ["--env", "SECRET=db/main", "--env", "USERNAME=db/main#username"];
  const { status, stdout, stderr } = await exec(env, PROGRAM, SHOW, ...args);
  expect([status, stderr]).toEqual([0, ""]);
  const shown = JSON.parse(stdout) as {
    digest: string;
    args: string[];
    user: string;
    others: number;
    line: string;
  };
  expect(shown.digest).toBe(createHash("sha256").update(VALUE).digest("hex"));
  expect([shown.user, shown.args]).toEqual(["app", args]);
  expect(shown.others).toBeGreaterThan(5); // the rest of the environment is there as well
  expect(sandbox.log() + readFileSync(`${sandbox.homeHere}/audit.jsonl`, "utf8")).not.toContain("quotes");
});

it("ends as the command ends, and passes on what it writes", async () => {
  for (const code of [0, 3, 255, 0xc0000005]) {
    const { status, stdout } = await exec(
      ["--env", "SECRET=db/main"],
      "cmd.exe",
      "/c",
      `echo out& exit ${String(code | 0)}`,
    );
    expect([code, (status ?? 0) & 0xff, stdout.trim()]).toEqual([code, code & 0xff, "out"]);
  }
});

it("refuses what needs Linux, and what Windows cannot hand over, and starts nothing", async () => {
  for (const [options, text] of [
    [["--fd", "3=db/main"], "--fd is for Linux"],
    [["--file", "KEY=db/main"], "--file is for Linux"],
    [["--env", "Path=db/main"], "Path cannot be set to a secret"],
    [["--env", "A=db/main", "--env", "a=db/binary"], "A is asked for twice"],
    [["--env", "A=db/binary"], "db/binary: the value holds a byte 0"],
    [[], "no secret is asked for"],
  ] as const) {
    const { status, stdout, stderr } = await exec(options, "cmd.exe", "/c", "echo started");
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining(text)]);
  }
});

it("starts nothing where the command is none, or the secret is refused", async () => {
  const absent = await exec(["--env", "A=db/main"], "no-such-program");
  expect([absent.status, absent.stderr]).toEqual([127, expect.stringContaining("there is no such command")]);
  const denied = await exec(["--env", "A=other/secret"], "cmd.exe", "/c", "echo started");
  expect([denied.status, denied.stdout]).toEqual([4, ""]);
});

it("leaves no copy of the value in the process that waits beside the command", async () => {
  const { stdout, stderr } = await sandbox.script("exec-memory.mjs").ended;
  expect([stderr, stdout.trim()]).toEqual(["", "wiped"]);
});

it("is ended with its command: a command does not outlive agent exec", async () => {
  const running = sandbox.node([
    ...[CLI, "exec", "--home", sandbox.home, "--env", "A=db/main"],
    ...["--", PROGRAM, SHOW, "--wait"],
  ]);
  await running.said("waiting");
  expect(commands()).toHaveLength(1);
  running.child.kill("SIGKILL");
  await running.ended;
  for (let i = 0; i < 200 && commands().length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(commands()).toEqual([]);
});

/** The processes of this machine that are commands which wait. */
function commands(): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return args.includes("--wait") && !args.includes("exec");
    } catch {
      return false; // no process, or gone meanwhile
    }
  });
}
