/** An agent that has no descriptors left neither spins nor forgets who is connected, and recovers. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openDescriptors, settledDescriptors } from "../support/agent-process.ts";
import { runCommand } from "../support/command.ts";
import { LiveAgent, set, succeeded } from "../support/live-agent.ts";
import { descriptorsOf } from "../support/processes.ts";
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
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, "latin1")
      .split(") ")[1]
      ?.split(" ") ?? [];
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

/** Ends the flood, and waits until the agent has noticed. */
async function endFlood(
  agent: LiveAgent,
  connections: readonly RawConnection[],
  idle: number,
): Promise<void> {
  for (const connection of connections) connection[Symbol.dispose]();
  await expect.poll(() => openDescriptors(agent.pid), { timeout: 5_000 }).toBe(idle);
}

it("B25: started with 64 descriptors it refuses what it cannot hold, and can still save", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  const sandbox = new Sandbox({ shared: true });
  await using agent = await startWith(64, sandbox);
  using former = await agent.administrator();
  const idle = (await settledDescriptors(agent.pid)) ?? 0;
  const connections = await flood(agent);
  await expectCalmAndServing(agent, former);
  await set(former, "in/the/flood", Buffer.from("saved"));
  await endFlood(agent, connections, idle);
  await agent.expectAlive();
  expect(sandbox.log()).not.toContain("EMFILE");
});

it("B25: with none or next to none left it does not spin, serves who was there, and loses none", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  await using agent = await LiveAgent.start({ shared: true });
  using former = await agent.administrator();
  const idle = (await settledDescriptors(agent.pid)) ?? 0;
  for (const left of [0, 1, 2, 5]) {
    await limit(agent.pid, limitThatLeaves(left, agent.pid));
    const connections = await flood(agent);
    await expectCalmAndServing(agent, former);
    const unsaved = await former.request(
      { v: 1, id: 2, verb: "set", name: "in/the/flood" },
      Buffer.from("lost"),
    );
    expect(unsaved.header.get("error")).toBeOneOf(left < 2 ? ["save-failed"] : ["save-failed", undefined]);
    await endFlood(agent, connections, idle);
    await limit(agent.pid, 1024);
    await agent.expectAlive();
    await set(former, "after/the/flood", Buffer.from("saved"));
  }
  expect(agent.sandbox.log().split("\n").length, "lines of the log").toBeLessThan(40);
});

it("B25: with too few for a handful of connections it does not start", async (context) => {
  needsPrograms(context, "prlimit");
  await using sandbox = new Sandbox();
  const { status, stderr } = await startedWith(59, sandbox);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/too few files here: 59\n.*LimitNOFILE/)]);
});

const startedWith = (descriptors: number, sandbox: Sandbox): ReturnType<typeof runCommand> =>
  runCommand("prlimit", [`--nofile=${descriptors}:${descriptors}`, process.execPath, CLI, "start"], {
    env: sandbox.environment,
  });

async function startWith(descriptors: number, sandbox: Sandbox): Promise<LiveAgent> {
  const { status, stderr } = await startedWith(descriptors, sandbox);
  expect(status, stderr).toBe(0);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  return LiveAgent.of(sandbox);
}

/** The kernel compares the limit with the number of a new descriptor, which is the lowest that is free. */
function limitThatLeaves(left: number, pid: number): number {
  const open = new Set(descriptorsOf(pid).map(({ fd }) => fd));
  let limit = 0;
  for (let free = 0; open.has(limit) || free < left; limit++) if (!open.has(limit)) free++;
  return limit;
}

/** The soft limit of a running process. */
async function limit(pid: number, descriptors: number): Promise<void> {
  const { status, stderr } = await runCommand("prlimit", [`--pid=${pid}`, `--nofile=${descriptors}:`], {
    env: { PATH: process.env["PATH"] ?? "" },
  });
  expect(status, stderr).toBe(0);
}
