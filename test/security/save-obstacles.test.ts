/** What stands in the way of a save: another process that saves, one that died while it did, a folder that is closed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { isRunning } from "../support/processes.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const UID = 64_216;
const NAME = "job/secret";
const WAITS_MS = 5_000;
const AT_ONCE_MS = 4_000;

const store = (sandbox: Sandbox, value: string): Promise<Result> =>
  sandbox.agent(["set", NAME, "--stdin"], { passphrase: PASSPHRASE, input: value });

async function valueOf(sandbox: Sandbox): Promise<string> {
  return (await sandbox.ok(["get", NAME, "--admin"], { passphrase: PASSPHRASE })).stdout.toString();
}

/** Another process that holds the lock of the vault, as an agent would that saves. */
async function holdLock(sandbox: Sandbox): Promise<ChildProcess> {
  const file = join(sandbox.home, "vault.lock");
  const holder = spawn("flock", [file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  return holder;
}

it("B104: a lock that a live process holds is waited for, 5 s, then exit 9; its end makes way", async (context) => {
  needsPrograms(context, "flock");
  await using sandbox = await Sandbox.start({ config: { ticket: "0" } });
  expect((await store(sandbox, "before")).status).toBe(0);
  const holder = await holdLock(sandbox);
  try {
    const vault = readFileSync(join(sandbox.home, "vault"));
    const began = performance.now();
    const { status, stderr } = await store(sandbox, "lost");
    const waited = performance.now() - began;
    expect(status, stderr).toBe(9);
    expect(waited).toBeGreaterThan(WAITS_MS);
    expect(waited).toBeLessThan(WAITS_MS + AT_ONCE_MS);
    expect(readFileSync(join(sandbox.home, "vault")).equals(vault), "the vault is the old one").toBe(true);
    expect(await valueOf(sandbox), "in memory").toBe("before");

    const patient = store(sandbox, "after it");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    holder.stdin?.end();
    expect((await patient).status, "a lock that is given up in time").toBe(0);
  } finally {
    holder.kill("SIGKILL");
  }
  expect(await valueOf(sandbox)).toBe("after it");
});

it("B104: the lock and the temporary files of a killed agent stand in nobody's way", async () => {
  await using sandbox = await Sandbox.start();
  const pid = (await sandbox.pid()) ?? 0;
  process.kill(pid, "SIGKILL");
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  const stale = ["vault.tmp-0123456789abcdef", "last-seen.tmp-0123456789abcdef"];
  for (const name of stale) writeFileSync(join(sandbox.home, name), "half a vault", { mode: 0o600 });
  writeFileSync(join(sandbox.home, "vault.tmp-mine"), "somebody's own");
  expect(existsSync(join(sandbox.home, "vault.lock"))).toBe(true);

  await sandbox.ok(["start"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect((await store(sandbox, "a value")).status).toBe(0);
  expect(readdirSync(sandbox.home).filter((name) => name.includes(".tmp-"))).toEqual(["vault.tmp-mine"]);
  expect(await valueOf(sandbox)).toBe("a value");
});

it("B102: a folder that was closed for writing: exit 10, all as before, and the next one works", async (context) => {
  needsRoot(context); // root writes wherever it likes
  using installed = new Installation();
  await using sandbox = new UserSandbox(installed, UID, { shared: true, config: { ticket: "0" } });
  await sandbox.ok(["start"]);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  expect((await store(sandbox, "before")).status).toBe(0);
  const vault = readFileSync(join(sandbox.home, "vault"));
  chmodSync(sandbox.home, 0o500);
  const { status, stderr } = await store(sandbox, "lost");
  expect([status, stderr]).toEqual([10, expect.stringContaining("could not")]);
  expect(readFileSync(join(sandbox.home, "vault")).equals(vault)).toBe(true);
  expect(await valueOf(sandbox), "in memory").toBe("before");
  chmodSync(sandbox.home, 0o700);
  expect((await store(sandbox, "the next one")).status).toBe(0);
  expect(await valueOf(sandbox)).toBe("the next one");
});
