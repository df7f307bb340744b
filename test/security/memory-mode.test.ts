/** Where memory cannot be locked the agent says so, or does not start if told not to; it never only seems to be safe. */
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Installation } from "../support/installation.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const UID = 64_211;
let installed: Installation;
beforeAll(() => (installed = new Installation()));
afterAll(() => installed[Symbol.dispose]());

const lockedKib = (pid: number): number =>
  Number(/^VmLck:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1"))?.[1]);

async function statusOf(sandbox: Sandbox): Promise<{ memory: string; pid: number }> {
  return JSON.parse((await sandbox.agent(["status", "--json"])).stdout.toString()) as {
    memory: string;
    pid: number;
  };
}

it("B74: with locked memory the status does not say weak, and the kernel counts locked pages", async () => {
  await using sandbox = await Sandbox.start();
  const { memory, pid } = await statusOf(sandbox);
  expect(["secret", "locked"]).toContain(memory);
  expect(lockedKib(pid)).toBeGreaterThan(0);
});

it("B74: without any, it works and says `weak` in its status, its log and its audit", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  await using sandbox = new UserSandbox(installed, UID);
  const started = await sandbox.agentWithin(["prlimit", "--memlock=0:0"], ["start"]);
  expect(started.status, started.stderr).toBe(0);
  const { memory, pid } = await statusOf(sandbox);
  expect(memory).toBe("weak");
  expect(lockedKib(pid)).toBe(0);
  expect(sandbox.log()).toContain("memory cannot be locked");
  expect(sandbox.auditRecords()[0]?.["note"]).toContain("memory weak");

  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.set("job/secret", "a value");
  await sandbox.grant("job/secret", "--uid", String(UID));
  expect((await sandbox.ok(["get", "job/secret"])).stdout.toString()).toBe("a value");
});

it("B74: --require-locked-memory makes that a reason not to start", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  await using sandbox = new UserSandbox(installed, UID);
  const start = ["start", "--require-locked-memory"];
  const refused = await sandbox.agentWithin(["prlimit", "--memlock=0:0"], start);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/memory cannot be locked.*\n.*ulimit -l/);
  expect(existsSync(sandbox.socket)).toBe(false);
  expect((await sandbox.agent(start)).status, "with memory to lock").toBe(0);
});

it("B74: with too little of it, the agent does not start rather than leave its clients waiting", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  await using sandbox = new UserSandbox(installed, UID);
  const outcomes = new Set<string>();
  for (const kib of [4, 16, 32, 48, 64, 96, 128, 256]) {
    const bytes = String(kib * 1024);
    const { status, stderr } = await sandbox.agentWithin(
      ["prlimit", `--memlock=${bytes}:${bytes}`],
      ["start"],
    );
    if (status !== 0) {
      expect([status, stderr], `${String(kib)} KiB`).toEqual([2, expect.stringContaining("ulimit -l")]);
      outcomes.add("refused");
      continue;
    }
    await sandbox
      .ok(["status"], { timeoutMs: 10_000 })
      .catch((error: unknown) => expect(String(error)).toContain("exited 3"));
    await sandbox.ok(["stop"]);
    outcomes.add("works");
  }
  expect(outcomes).toEqual(new Set(["refused", "works"]));
});
