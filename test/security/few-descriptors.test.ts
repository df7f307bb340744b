/** An agent that has no descriptors left neither spins nor forgets who is connected, and recovers. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openDescriptors } from "../support/agent-process.ts";
import { runCommand } from "../support/command.ts";
import { LiveAgent, set, succeeded } from "../support/live-agent.ts";
import type { RawConnection } from "../support/raw-connection.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const FLOOD = 200;
const WATCHED_MS = 5_000;
/** 10 % of a processor. A tick is 10 ms (USER_HZ, proc_pid_stat(5)). */
const MOST_TICKS = (WATCHED_MS / 10) * 0.1;
const STATUS = { v: 1, id: 1, verb: "status" };

/** Ticks of user and system time that a process has used. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** 200 connections of eight users, each of which keeps within its own limit; all ask, and then stay. */
const flood = (agent: LiveAgent): Promise<RawConnection[]> =>
  Promise.all(
    Array.from({ length: FLOOD }, async (_, i) => {
      const connection = await agent.connect({ uid: 64_240 + (i % 8) });
      connection.socket.write(Buffer.alloc(1)); // half a request; whoever was refused finds a closed door
      return connection;
    }),
  );

async function expectCalmAndServing(agent: LiveAgent, former: RawConnection): Promise<void> {
  const before = ticksOf(agent.pid);
  await sleep(WATCHED_MS);
  expect(ticksOf(agent.pid) - before, "ticks of the agent").toBeLessThan(MOST_TICKS);
  succeeded(await former.request(STATUS));
}

const closeAll = (connections: readonly RawConnection[]): void =>
  connections.forEach((connection) => connection[Symbol.dispose]());

it("B25: started with 64 descriptors it refuses what it cannot hold, and can still save", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  const sandbox = new Sandbox({ shared: true });
  await using agent = await startWith(64, sandbox);
  using former = await agent.administrator();
  const idle = openDescriptors(agent.pid) ?? 0;
  const connections = await flood(agent);
  await expectCalmAndServing(agent, former);
  await set(former, "in/the/flood", Buffer.from("saved"));
  closeAll(connections);
  await agent.expectAlive();
  await expect.poll(() => openDescriptors(agent.pid), { timeout: 5_000 }).toBeLessThanOrEqual(idle);
  expect(sandbox.log()).not.toContain("EMFILE");
});

it.each([0, 1, 2, 3, 5, 8])(
  "B25: with %i descriptors left it does not spin, serves who was there, and loses none",
  async (left) => {
    await using agent = await LiveAgent.start({ shared: true });
    using former = await agent.administrator();
    const idle = openDescriptors(agent.pid) ?? 0;
    await limit(agent.pid, idle + left);
    const connections = await flood(agent);
    await expectCalmAndServing(agent, former);
    closeAll(connections);
    await expect.poll(() => openDescriptors(agent.pid), { timeout: 5_000 }).toBe(idle);
    await limit(agent.pid, 1024);
    await agent.expectAlive();
    await set(former, "after/the/flood", Buffer.from("saved"));
    expect(agent.sandbox.log().split("\n").length, "lines of the log").toBeLessThan(30);
  },
);

it("B25: with too few for a handful of connections it does not start", async (context) => {
  needsPrograms(context, "prlimit");
  await using sandbox = new Sandbox();
  const { status, stderr } = await startedWith(59, sandbox);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/too few files here: 59\n.*LimitNOFILE/)]);
});

const startedWith = (descriptors: number, sandbox: Sandbox): ReturnType<typeof runCommand> =>
  runCommand(
    "prlimit",
    [`--nofile=${descriptors}:${descriptors}`, process.execPath, CLI, "start"],
    { env: sandbox.environment },
  );

async function startWith(descriptors: number, sandbox: Sandbox): Promise<LiveAgent> {
  const { status, stderr } = await startedWith(descriptors, sandbox);
  expect(status, stderr).toBe(0);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  return LiveAgent.of(sandbox);
}

async function limit(pid: number, descriptors: number): Promise<void> {
  const { status, stderr } = await runCommand(
    "prlimit",
    [`--pid=${pid}`, `--nofile=${descriptors}:${descriptors}`],
    { env: { PATH: process.env["PATH"] ?? "" } },
  );
  expect(status, stderr).toBe(0);
}
