/** An agent that nobody can reach must not keep secrets: it looks after its own socket. */
import { lstatSync, unlinkSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { isRunning } from "../support/processes.ts";
import { Sandbox } from "../support/sandbox.ts";

const NOTICED = { timeout: 60_000, interval: 250 };

// Beside each other: both mostly wait.
describe.concurrent("B123: the agent's own socket", () => {
  it("deleted: bound again, by the same agent and as unlocked as before, or the agent has ended", async ({
    expect,
  }) => {
    await using sandbox = await Sandbox.start({ shared: true });
    const pid = (await sandbox.pid()) ?? 0;
    const { mode } = lstatSync(sandbox.socket);
    unlinkSync(sandbox.socket);
    const there = (): boolean => lstatSync(sandbox.socket, { throwIfNoEntry: false }) !== undefined;
    await expect.poll(() => there() || !isRunning(pid), NOTICED).toBe(true);
    expect(sandbox.log()).toContain("socket missing");
    if (!isRunning(pid)) return;
    expect(await sandbox.pid()).toBe(pid);
    expect((await sandbox.agent(["status"])).status).toBe(0);
    expect(lstatSync(sandbox.socket).mode).toBe(mode);
    await sandbox.ok(["stop"]);
    expect(there(), "removed at the end, as it is its own").toBe(false);
  });

  it("replaced: the agent ends, and leaves the successor's socket alone", async ({ expect }) => {
    await using sandbox = await Sandbox.start();
    const pid = (await sandbox.pid()) ?? 0;
    unlinkSync(sandbox.socket);
    const successor = createServer().listen(sandbox.socket);
    try {
      await expect.poll(() => isRunning(pid), NOTICED).toBe(false);
      expect(sandbox.log()).toContain("socket replaced");
      expect(lstatSync(sandbox.socket).isSocket()).toBe(true);
    } finally {
      await new Promise((resolve) => successor.close(resolve));
    }
  });
});

it("B123: an agent that ends before it has noticed leaves a successor's socket alone", async () => {
  await using sandbox = await Sandbox.start();
  const pid = (await sandbox.pid()) ?? 0;
  unlinkSync(sandbox.socket);
  const successor = createServer().listen(sandbox.socket);
  try {
    const { ino } = lstatSync(sandbox.socket);
    process.kill(pid, "SIGTERM");
    await expect.poll(() => isRunning(pid), NOTICED).toBe(false);
    expect(lstatSync(sandbox.socket).ino).toBe(ino);
  } finally {
    await new Promise((resolve) => successor.close(resolve));
  }
});
