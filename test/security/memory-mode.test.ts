/** Where memory cannot be locked the agent says so, or does not start if told not to; it never only seems to be safe. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { frame } from "../support/raw-connection.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const UID = 64_211;
const JOBS_UID = 64_212;
/** Enough for the agent itself and about a dozen connections. */
const ROOM_KIB = 512;
let installed: Installation;
beforeAll(() => (installed = new Installation()));
afterAll(() => installed[Symbol.dispose]());

function isSocket(link: string): boolean {
  try {
    return readlinkSync(link).startsWith("socket:");
  } catch {
    return false; // closed in between
  }
}

const lockedKib = (pid: number): number =>
  Number(/^VmLck:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1"))?.[1]);

/** How many sockets a process has open. */
const socketsOf = (pid: number): number =>
  readdirSync(`/proc/${String(pid)}/fd`).filter((fd) => isSocket(`/proc/${String(pid)}/fd/${fd}`)).length;

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
  expect(sandbox.auditRecords().find(({ verb }) => verb === "start")?.["note"]).toContain("memory weak");

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
  for (const kib of [4, 16, 64, 128, 256, 512]) {
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

/** Connects `count` times, waits for the unlock on each connection, and ends when all have been answered. */
const JOBS = `
const [, socket, request, count] = process.argv;
let answered = 0;
for (let i = 0; i < Number(count); i++) {
  const connection = require("node:net").connect(socket);
  connection.write(Buffer.from(request, "hex"));
  connection.once("data", () => {
    connection.destroy();
    if (++answered === Number(count)) console.log("all answered");
  });
}
`;

it("B74: jobs that wait for the unlock and use up all locked memory do not keep out who unlocks", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  await using sandbox = new UserSandbox(installed, UID, { shared: true });
  const bytes = String(ROOM_KIB * 1024);
  await sandbox.agentWithin(["prlimit", `--memlock=${bytes}:${bytes}`], ["start"]);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.ok(["lock"]);
  const request = frame({ v: 1, id: 1, verb: "wait", timeoutMs: 60_000 }).toString("hex");
  const jobs = runCommand(installed.node, ["-e", JOBS, sandbox.socket, request, "30"], { uid: JOBS_UID });
  const { pid } = await statusOf(sandbox);
  await vi.waitFor(() => expect(socketsOf(pid)).toBeGreaterThan(30), { timeout: 20_000 });
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect((await jobs).stdout.toString()).toBe("all answered\n");
});
