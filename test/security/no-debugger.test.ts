/** SIGUSR1 opens node's debugger, to every local user. It never opens the agent's, at whatever moment it comes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { agentOf, burst } from "../support/debug-signals.ts";
import { isRunning, listensOnTcp } from "../support/processes.ts";
import { LiveAgent } from "../support/live-agent.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

/** Milliseconds after its birth at which the burst begins: before node stands, a signal simply ends the process. */
const BEGINNINGS =
  process.env["SLOW"] === "1"
    ? Array.from({ length: 30 }, (_, i) => i * 5) // `npm run test:lines`
    : [0, 15, 30, 45, 60, 80, 110, 150];
const BURST_MS = 150;

it.each(["--inspect-port=0"])("B78: the test sees a debugger where there is one (%s)", async (flag) => {
  const plain = spawn(process.execPath, [flag, "-e", "setInterval(() => {}, 1000); console.log('up')"], {
    env: {},
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await once(plain.stdout, "data");
    expect(listensOnTcp(plain.pid ?? 0)).toBe(false);
    plain.kill("SIGUSR1");
    await expect.poll(() => listensOnTcp(plain.pid ?? 0), { timeout: 10_000, interval: 5 }).toBe(true);
  } finally {
    plain.kill("SIGKILL");
  }
});

it("B78: a burst of SIGUSR1 during the start opens nothing: the agent lives or dies of it", async () => {
  for (const beginning of BEGINNINGS) {
    await using sandbox = new Sandbox();
    const launcher = spawn(process.execPath, [CLI, "start"], { env: sandbox.environment, stdio: "ignore" });
    const ended = once(launcher, "exit");
    const pid = await agentOf(launcher.pid ?? 0);
    await sleep(beginning);
    const seen = await burst(pid, BURST_MS);
    expect(seen, `from ${String(beginning)} ms on`).toBe(false);
    const [status, signal] = (await ended) as [number | null, string | null];
    expect(signal).toBeNull();
    expect(status === 0, "the command says whether it lives").toBe(isRunning(pid));
  }
});

it("B78: a hundred while it runs open nothing, and it goes on", async () => {
  await using agent = await LiveAgent.start();
  expect(await burst(agent.pid, 200)).toBe(false);
  await agent.expectAlive();
  expect(listensOnTcp(agent.pid)).toBe(false);
});
