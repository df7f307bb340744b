/** The one program for Windows: command line, agent and pipe, without a node.exe. */
import { appendFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { manifest } from "../../packages/cli/src/installation.ts";
import { Installed } from "./installed.ts";
import { needsWine, PASSPHRASE, startNode, windowsPath, WineSandbox } from "./wine.ts";

beforeEach((context) => needsWine(context));

let installed: Installed;
let sandbox: WineSandbox;
beforeAll(async () => {
  if (inject("noWine") !== "") return;
  installed = new Installed();
  sandbox = await WineSandbox.start(installed.exe);
});
afterAll(async () => {
  if (inject("noWine") !== "") return;
  await sandbox[Symbol.asyncDispose]();
  installed[Symbol.dispose]();
});

it("serves its pipe: a secret is stored, and given to whom a rule allows", async () => {
  await sandbox.ok(["set", "bank/login", "--stdin"], "v4lue");
  expect((await sandbox.agent(["get", "bank/login"])).status).toBe(4);
  const status = JSON.parse((await sandbox.ok(["status", "--json"])).stdout) as Record<string, string>;
  expect(status).toMatchObject({ state: "unlocked", memory: "locked", version: manifest().version });
  await sandbox.ok(["grant", "bank/login", "--sid", status["unlockedBySid"] ?? ""]);
  expect((await sandbox.ok(["get", "bank/login"])).stdout).toBe("v4lue");
});

it("gives it to a job in node.exe too, which trusts the pipe", async () => {
  const job = await sandbox.script("fetch.mjs", "bank/login").ended;
  expect([job.stdout.trim(), job.stderr]).toEqual(["value v4lue", ""]);
});

it("is named in the audit, which verifies", async () => {
  const got = sandbox.auditRecords().find(({ verb, result }) => verb === "get" && result === "allowed");
  expect(String(got?.["exe"])).toMatch(/\\Sotto with a space-.*\\agent\.exe$/);
  await sandbox.ok(["audit", "verify"]);
});

it("rules by program tell it from node.exe", async () => {
  const { unlockedBySid: sid = "" } = JSON.parse((await sandbox.ok(["status", "--json"])).stdout) as Record<
    string,
    string
  >;
  await sandbox.ok(["set", "exe/only", "--stdin"], "mine");
  const exe = windowsPath(installed.exe);
  await sandbox.ok(["grant", "exe/only", "--sid", sid, "--exe", exe, "--allow-interpreter"]);
  expect((await sandbox.ok(["get", "exe/only"])).stdout).toBe("mine");
  const job = await sandbox.script("fetch.mjs", "exe/only").ended;
  expect([job.stdout, job.stderr]).toEqual(["", expect.stringContaining("denied")]);
});

it("lets no process of the same user read its memory, or start threads in it", async () => {
  const { stdout } = await sandbox.script("peek.mjs", String(await sandbox.pid())).ended;
  expect(JSON.parse(stdout)).toEqual({ opened: ["changeAccess", "look"] });
});

it("hands a secret to a command, and is opened by a key that DPAPI keeps", async () => {
  const options = ["exec", "--home", sandbox.home, "--env", "V=bank/login", "--"];
  const command = ["cmd.exe", "/c", "echo %V%& exit 7"];
  const { folder } = sandbox;
  const started = await startNode([...options, ...command], { folder, exe: installed.exe }).ended;
  expect([started.status, started.stdout.trim(), started.stderr]).toEqual([7, "v4lue", ""]);
  const slot = (await sandbox.ok(["slot", "add", "--dpapi", "user"])).stdout.trim();
  await sandbox.ok(["lock"]);
  await sandbox.ok(["unlock"]);
  await sandbox.ok(["slot", "remove", slot, "--passphrase-fd", "0"], PASSPHRASE);
});

it("locks, opens and stops", async () => {
  await sandbox.ok(["lock"]);
  expect((await sandbox.agent(["get", "bank/login"])).status).toBe(3);
  await sandbox.ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
  expect((await sandbox.ok(["get", "bank/login"])).stdout).toBe("v4lue");
  await sandbox.ok(["stop"]);
  expect((await sandbox.agent(["status"])).status).toBe(5);
});

it("loads no native module but those that it was built with", async () => {
  using changed = new Installed();
  appendFileSync(join(changed.folder, "koffi.node"), "\0");
  await using fresh = new WineSandbox(changed.exe);
  const { status, stderr } = await fresh.agent(["start"]);
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining("not the one that this program was built with"),
  ]);
});

it("does not serve from a folder that others may change", async () => {
  using open = new Installed();
  chmodSync(join(open.folder, "sodium-native.node"), 0o666);
  await using fresh = new WineSandbox(open.exe);
  const { status, stderr } = await fresh.agent(["start"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("others could change")]);
});
