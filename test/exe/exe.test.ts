/** Command line and agent in one program: all of a job's way, without a Node that it could find. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { manifest } from "../../packages/cli/src/installation.ts";
import { runCommand } from "../support/command.ts";
import { PASSPHRASE } from "../support/sandbox.ts";
import { ExeSandbox, Program } from "./exe-sandbox.ts";

const VALUE = Buffer.from([0, 0xff, 0x0a, 0x22, 0xc3, 0xa9]);
let program: Program;
let sandbox: ExeSandbox;

beforeAll(async () => {
  program = new Program();
  sandbox = await ExeSandbox.open(program);
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  program[Symbol.dispose]();
});

it("stores a secret, and gives it to whom a rule allows", async () => {
  await sandbox.set("job/login", VALUE, ["--attr", "user=me"]);
  expect((await sandbox.agent(["get", "job/login"])).status).toBe(4);
  await sandbox.grant("job/login", "--uid", String(process.getuid?.()));
  expect((await sandbox.ok(["get", "job/login"])).stdout).toEqual(VALUE);
  expect((await sandbox.ok(["get", "job/login", "--attr", "user"])).stdout.toString()).toBe("me");
  expect((await sandbox.ok(["list"])).stdout.toString()).toBe("job/login\n");
});

it("runs a command with a secret", async () => {
  await sandbox.set("job/text", "text");
  await sandbox.grant("job/text", "--uid", String(process.getuid?.()));
  const job = ["exec", "--env", "X=job/text", "--", "sh", "-c", 'echo "$X"; exit 7'];
  const { status, stdout } = await sandbox.agent(job);
  expect([status, stdout.toString()]).toEqual([7, "text\n"]);
});

it("locks, and opens again with the passphrase alone", async () => {
  await sandbox.ok(["lock"]);
  expect((await sandbox.agent(["get", "job/text"])).status).toBe(3);
  const wrong = await sandbox.agent(["unlock"], { passphrase: "not the passphrase" });
  expect(wrong.status).toBe(7);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect((await sandbox.ok(["get", "job/text"])).stdout.toString()).toBe("text");
});

it("its audit verifies, and names the program as the one that asked", async () => {
  await sandbox.ok(["audit", "verify"], { passphrase: PASSPHRASE });
  const got = sandbox.auditRecords().filter(({ verb, result }) => verb === "get" && result === "allowed");
  expect(got.length).toBeGreaterThan(2);
});

it("says its version, its help and its completions", async () => {
  expect((await sandbox.ok(["--version"])).stdout.toString()).toBe(`${manifest().version}\n`);
  expect((await sandbox.ok(["get", "--help"])).stdout.toString()).toContain("--token-file");
  expect((await sandbox.ok(["completion", "bash"])).stdout.toString()).toContain("git-credential");
  const status = JSON.parse((await sandbox.ok(["status", "--json"])).stdout.toString()) as object;
  expect(status).toMatchObject({ state: "unlocked", version: manifest().version });
});

it("is what another program calls, where a link has that name", async () => {
  const link = join(program.programs, "docker-credential-sotto");
  symlinkSync(program.path, link);
  const { stdout } = await runCommand(link, ["version"], { env: sandbox.environment });
  expect(stdout.toString()).toContain(`docker-credential-sotto (@sotto/cli) ${manifest().version}`);
});

it("the unit of systemd runs the program as it is, with its flags", async () => {
  const text = (await sandbox.ok(["systemd", "print"])).stdout.toString();
  const path = `"${program.path.replaceAll('"', '\\"')}"`;
  expect(text).toContain(`ExecStart=${path} run-agent --home /var/lib/sotto --socket /run/sotto/agent.sock`);
  expect(text).toMatch(/^Environment="NODE_OPTIONS=--permission .*--allow-fs-write=\/var\/lib\/sotto\/\* /m);
  expect(text).not.toContain(process.execPath);
});
