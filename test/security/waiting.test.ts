/** A job that starts before the administrator unlocks waits for that, and is told apart what it waited for in vain. */
import { expect, it } from "vitest";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const NAME = "job/secret";
const VALUE = "what the job needs";
const LONG = ["--wait", "60s"];
const SHORT = ["--wait", "1s"];

async function lockedSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.start();
  await sandbox.set(NAME, VALUE);
  await sandbox.grant(NAME, "--uid", String(process.getuid?.() ?? 0));
  await sandbox.ok(["lock"]);
  return sandbox;
}

/** Starts a job; `isWaiting` says whether it still is. */
function job(sandbox: Sandbox): { done: Promise<string>; isWaiting: () => boolean } {
  let waiting = true;
  const done = sandbox.ok(["get", NAME, ...LONG]).then(({ stdout }) => stdout.toString());
  void done.finally(() => (waiting = false)).catch(() => undefined);
  return { done, isWaiting: () => waiting };
}

it("waits while the agent is locked, and has its secret as soon as it is unlocked", async () => {
  await using sandbox = await lockedSandbox();
  const jobs = [job(sandbox), job(sandbox), job(sandbox)];
  await sandbox.agent(["unlock"], { passphrase: "not the passphrase" });
  expect(
    jobs.map(({ isWaiting }) => isWaiting()),
    "a wrong passphrase wakes nobody",
  ).toEqual([true, true, true]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  const unlocked = performance.now();
  expect(await Promise.all(jobs.map(({ done }) => done))).toEqual([VALUE, VALUE, VALUE]);
  expect(performance.now() - unlocked, "milliseconds after the unlock").toBeLessThan(10_000);
});

it("waits for an agent that is not there yet, through its start and its unlock", async () => {
  await using sandbox = await lockedSandbox();
  await sandbox.ok(["stop"]);
  const { done, isWaiting } = job(sandbox);
  await sandbox.agent(["status"]);
  expect(isWaiting()).toBe(true);
  await sandbox.ok(["start"]);
  await sandbox.agent(["status"]);
  expect(isWaiting(), "there, but locked").toBe(true);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(await done).toBe(VALUE);
});

it("waits for a vault that is not made yet", async () => {
  await using sandbox = await Sandbox.start({ init: false });
  const waited = sandbox.agent(["get", NAME, ...LONG]);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  expect((await waited).status, "unlocked, and no such secret").toBe(4);
});

it("lives through a restart of the agent while it waits", async () => {
  await using sandbox = await lockedSandbox();
  const { done, isWaiting } = job(sandbox);
  await sandbox.agent(["status"]);
  await sandbox.ok(["stop"]);
  await sandbox.ok(["start"]);
  expect(isWaiting()).toBe(true);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(await done).toBe(VALUE);
});

it("gives up after its time: exit 3 when it was locked, 5 when nobody was there, and not before", async () => {
  await using sandbox = await lockedSandbox();
  const timed = async (): Promise<[number | null, boolean]> => {
    const began = performance.now();
    const { status } = await sandbox.agent(["get", NAME, ...SHORT]);
    return [status, performance.now() - began >= 1_000];
  };
  expect(await timed()).toEqual([3, true]);
  await sandbox.ok(["stop"]);
  expect(await timed()).toEqual([5, true]);
});

it("does not wait for what waiting cannot mend: exit 4 at once", async () => {
  await using sandbox = await lockedSandbox();
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  const began = performance.now();
  expect((await sandbox.agent(["get", "job/other", ...LONG])).status).toBe(4);
  expect(performance.now() - began).toBeLessThan(20_000);
});
