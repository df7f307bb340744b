/** A token is in secure memory while it is made or compared, and then nowhere: neither in the agent nor in the job's command. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, type TestContext } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { annotateCopies, copiesIn, newMarker, none, valueWith } from "../support/canaries.ts";
import { Installation } from "../support/installation.ts";
import { scanMemory } from "../support/memory-scan.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { spoiled } from "../support/tokens.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const UID = 64_217;
const GETS = 200;
const CONFLICTS = 20;
const CONNECTIONS = 4;
const NAME = "job/secret";
const MIB = 1024 * 1024;
const SLOW = { timeout: 30_000, interval: 200 };

it("B63, B71: no copy of a token lies in the agent's memory, neither unlocked nor after a lock", async (context) => {
  needsRoot(context);
  await using sandbox = await Sandbox.start({ init: false });
  await expectNoCopies(sandbox, context);
});

it("B63, B71: none either where the kernel locks no memory at all, and everything can be looked at", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  using installed = new Installation();
  await using sandbox = new UserSandbox(installed, UID);
  const started = await sandbox.agentWithin(["prlimit", "--memlock=0:0"], ["start"]);
  expect(started.status, started.stderr).toBe(0);
  await expectNoCopies(sandbox, context);
});

async function expectNoCopies(sandbox: Sandbox, context: TestContext): Promise<void> {
  using asker = await Asker.open(sandbox.socket);
  await asker.must("init", { recovery: false }, Buffer.from(PASSPHRASE));
  await asker.must("set", { name: NAME }, Buffer.from("a value"));
  const label = randomBytes(12).toString("hex");
  const token = Buffer.from((await asker.must("token-new", { label })).payload);
  await expectNothingKept(sandbox, asker, label);
  await asker.must("grant", { selector: NAME, may: ["get"], tokens: [label] });
  await Promise.all(Array.from({ length: CONNECTIONS }, () => fetchOften(sandbox, token)));

  const pid = (await sandbox.pid()) ?? 0;
  const canaries = { token, bytes: Buffer.from(token.toString(), "base64url"), end: token.subarray(-16) };
  const unlocked = copiesIn(pid, canaries);
  expect(unlocked.found).toEqual(none(canaries));
  const held = scanMemory(pid, [Buffer.from(label)]).counts[0];
  expect(held, "the scan finds what the agent may hold").toBeGreaterThan(0);
  await asker.must("lock");
  const locked = copiesIn(pid, canaries);
  expect(locked.found).toEqual(none(canaries));
  for (const scan of [unlocked, locked]) await annotateCopies(context, scan);
}

/** Each token is made, and destroyed when its label turns out to be taken: its memory is used again. */
async function expectNothingKept(sandbox: Sandbox, asker: Asker, label: string): Promise<void> {
  const pid = (await sandbox.pid()) ?? 0;
  const before = secretMappings(pid);
  for (let i = 0; i < CONFLICTS; i++)
    expect(codeOf(await asker.ask("token-new", { label }))).toBe("conflict");
  expect(secretMappings(pid)).toBe(before);
}

/** Secret memory that a process has, in pieces; none where the kernel has no such memory or no limit allows it. */
const secretMappings = (pid: number): number =>
  readFileSync(`/proc/${String(pid)}/maps`, "latin1")
    .split("\n")
    .filter((line) => line.includes("secretmem")).length;

/** Some arrive in pieces, so that the agent has to gather them; some are wrong. */
async function fetchOften({ socket }: Sandbox, token: Buffer): Promise<void> {
  using job = await Asker.open(socket);
  for (let i = 0; i < GETS / CONNECTIONS; i++) {
    const sent = i % 5 === 4 ? spoiled(token, -1) : token;
    const bytes = job.frame("get", { name: NAME }, sent);
    for (let at = 0, step = i % 3 === 0 ? 20 : bytes.length; at < bytes.length; at += step) {
      await new Promise((resolve) => job.raw.socket.write(bytes.subarray(at, at + step), resolve));
      await nextTurn();
    }
    const reply = await job.raw.reply();
    expect(reply && codeOf(reply)).toBe(sent === token ? "ok" : "denied");
  }
}

it("B64, B73: no copy of a token is left in the command that read it from a file and used it", async (context) => {
  needsRoot(context);
  await using sandbox = await Sandbox.start();
  using asker = await Asker.proved(sandbox.socket, PASSPHRASE);
  const marker = newMarker();
  await asker.must("set", { name: NAME }, valueWith(marker, MIB));
  const token = Buffer.from((await asker.must("token-new", { label: "nightly" })).payload);
  await asker.must("grant", { selector: NAME, may: ["get"], tokens: ["nightly"] });
  const file = join(sandbox.folder, "token");
  writeFileSync(file, token, { mode: 0o400 });

  // Nobody reads the answer, which is more than a pipe holds: the command stays alive after it has used the token.
  const command = spawn(process.execPath, [CLI, "get", NAME, "--token-file", file], {
    env: sandbox.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const copies = (): Readonly<Record<string, number>> =>
      copiesIn(command.pid ?? 0, { marker, token, end: token.subarray(-16) }).found;
    await expect.poll(() => copies()["marker"], SLOW).toBeGreaterThan(0);
    await expect.poll(copies, SLOW).toMatchObject({ token: 0, end: 0 });
    expect(copies()["marker"], "it is still at work").toBeGreaterThan(0);
  } finally {
    command.kill("SIGKILL");
  }
});
