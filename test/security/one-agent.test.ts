/** One home and one socket have one agent, however many are started, and a dead one stands in nobody's way. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isRunning } from "../support/processes.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const ROUNDS = 10;
const REFUSED = [1, expect.stringContaining("already running")];

const start = async (sandbox: Sandbox, ...args: string[]): Promise<[number | null, string]> => {
  const { status, stderr } = await sandbox.agent(["start", ...args]);
  return [status, stderr];
};

it("B122: a second start says so and exits 1; the first goes on, unlocked", async () => {
  await using sandbox = await Sandbox.start();
  const pid = await sandbox.pid();
  expect(await start(sandbox)).toEqual(REFUSED);
  expect(await start(sandbox, "--foreground")).toEqual(REFUSED);
  expect(await sandbox.pid()).toBe(pid);
  expect((await sandbox.agent(["status"])).status).toBe(0);
});

it("B122: neither another home with the same socket nor another socket with the same home", async () => {
  await using sandbox = await Sandbox.start();
  const pid = await sandbox.pid();
  const home = join(sandbox.folder, "another");
  mkdirSync(home);
  chmodSync(home, 0o700);
  expect(await start(sandbox, "--home", home)).toEqual(REFUSED);
  expect(await start(sandbox, "--socket", join(home, "agent.sock"))).toEqual(REFUSED);
  expect(await sandbox.pid()).toBe(pid);
});

it("B122: after a SIGKILL the socket lies there dead: told as exit 5, and replaced by the next start", async () => {
  await using sandbox = await Sandbox.start();
  for (let round = 0; round < 2; round++) {
    const pid = (await sandbox.pid()) ?? 0;
    process.kill(pid, "SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
    expect((await sandbox.agent(["status"])).status).toBe(5);
    expect(await start(sandbox)).toEqual([0, ""]);
    await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  }
});

it("B122: of two starts at the same moment exactly one wins, and the other says why", async () => {
  await using sandbox = new Sandbox();
  for (let round = 0; round < ROUNDS; round++) {
    const outcomes = await Promise.all([start(sandbox), start(sandbox)]);
    expect(outcomes.map(([status]) => status).sort()).toEqual([0, 1]);
    expect(outcomes.find(([status]) => status === 1)).toEqual(REFUSED);
    const pid = (await sandbox.pid()) ?? 0;
    if (round % 2 === 0) await sandbox.ok(["stop"]);
    else process.kill(pid, "SIGKILL"); // and so the next two find a dead socket
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  }
});
