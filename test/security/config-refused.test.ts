/** A home or a configuration that somebody else could have written, or that is not understood to the last key, is refused. */
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const AGENT_UID = 64_176;
const OTHER_UID = 64_177;
const installed = process.getuid?.() === 0 ? new Installation() : undefined;
afterAll(() => installed?.[Symbol.dispose]());

const configOf = ({ home }: Sandbox): string => join(home, "config.json");

/** An agent that runs as a user of its own. */
function userSandbox(): UserSandbox {
  if (installed === undefined) throw new Error("not installed");
  return new UserSandbox(installed, AGENT_UID);
}

/** What a start says that must be refused: the exit status is 2, and no agent is there afterwards. */
async function refusal(sandbox: Sandbox): Promise<string> {
  const started: Result = await sandbox.agent(["start"]);
  expect(started).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  expect(existsSync(sandbox.socket), "no agent").toBe(false);
  return started.stderr;
}

it.each([
  ["is empty", "", "not valid JSON"],
  ["is no JSON", '{"ticket":"1m",}', "not valid JSON"],
  ["has something behind it", '{"ticket":"1m"} {}', "not valid JSON"],
  ["is a list", "[]", "must hold one JSON object"],
  ["has an unknown key", '{"ticket":"1m","lockafter":"8h"}', 'unknown key "lockafter"'],
  ["has a key of every object", '{"constructor":1}', 'unknown key "constructor"'],
  ["has a key twice", '{"ticket":"1m","ticket":"2m"}', "ticket stands there twice"],
  ["has a key twice, once in disguise", '{"ticket":"1m","\\u0074icket":"2m"}', "ticket stands there twice"],
  ["has a value of the wrong kind", '{"kdfPasses":"3"}', "kdfPasses must be an integer"],
  ["has a value out of range", '{"kdfMemoryMiB":16}', "kdfMemoryMiB must be an integer from 64"],
  ["has 10 MB", `{"ticket":"1m"${" ".repeat(10_000_000)}}`, "not a small regular file"],
])("B54: a config.json that %s", async (_what, text, message) => {
  await using sandbox = new Sandbox();
  writeFileSync(configOf(sandbox), text);
  const said = await refusal(sandbox);
  expect(said).toContain(message);
  expect(said).toContain(`agent: hint: it is ${configOf(sandbox)}; `);
});

it("B54: a config.json that is a folder, or a link", async () => {
  await using sandbox = new Sandbox();
  rmSync(configOf(sandbox));
  mkdirSync(configOf(sandbox));
  expect(await refusal(sandbox)).toContain("config.json is not a small regular file");
  rmSync(configOf(sandbox), { recursive: true });
  writeFileSync(join(sandbox.folder, "elsewhere"), "{}", { mode: 0o600 });
  symlinkSync(join(sandbox.folder, "elsewhere"), configOf(sandbox));
  expect(await refusal(sandbox)).toContain("config.json is not a small regular file");
});

it("B54: a config.json that the agent cannot read", async (context) => {
  needsRoot(context); // and an agent that is not root, who reads everything
  await using sandbox = userSandbox();
  chmodSync(configOf(sandbox), 0);
  expect(await refusal(sandbox)).toContain("config.json cannot be read");
});

it.each(["620", "602", "666"])("B55: a config.json of mode %s", async (mode) => {
  await using sandbox = new Sandbox();
  chmodSync(configOf(sandbox), parseInt(mode, 8));
  expect(await refusal(sandbox)).toContain("config.json could be written by someone else");
});

it("B55: a config.json of another user; one of root's is good", async (context) => {
  needsRoot(context);
  await using sandbox = userSandbox();
  chownSync(configOf(sandbox), OTHER_UID, OTHER_UID);
  chmodSync(configOf(sandbox), 0o644);
  expect(await refusal(sandbox)).toContain("config.json could be written by someone else");
  chownSync(configOf(sandbox), 0, 0);
  await sandbox.ok(["start"]);
});

it.each(["720", "702", "750", "705", "777"])("B55: a home of mode %s", async (mode) => {
  await using sandbox = new Sandbox();
  chmodSync(sandbox.home, parseInt(mode, 8));
  const said = await refusal(sandbox);
  expect(said).toContain(sandbox.home);
  expect(said).toContain("chmod 700");
});

it("B55: a home of another user, root's included", async (context) => {
  needsRoot(context);
  await using sandbox = userSandbox();
  for (const uid of [OTHER_UID, 0]) {
    chownSync(sandbox.home, uid, uid);
    const { status, stdout } = await sandbox.agent(["start"]);
    expect([status, stdout.length]).toEqual([2, 0]);
  }
  chownSync(sandbox.home, AGENT_UID, AGENT_UID);
  await sandbox.ok(["start"]);
});

it("B55: root starts no agent in a home of another user", async (context) => {
  needsRoot(context);
  await using sandbox = new Sandbox();
  chownSync(sandbox.home, OTHER_UID, OTHER_UID);
  expect(await refusal(sandbox)).toContain("belongs to another user");
});

it("B55: what was refused starts when it is put right: nothing else was wrong", async () => {
  await using sandbox = new Sandbox();
  chmodSync(sandbox.home, 0o755);
  await refusal(sandbox);
  chmodSync(sandbox.home, 0o700);
  await sandbox.ok(["start"]);
});
