/** `agent exec` leaves no plaintext in any file system, killed at any moment: what holds a secret never has a name. */
import { readdirSync, readFileSync } from "node:fs";
import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { newMarker } from "../support/canaries.ts";
import { runCommand } from "../support/command.ts";
import { ExecJob, FOREVER } from "../support/exec-job.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { childrenOf } from "../support/processes.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI } from "../support/sandbox.ts";

const KILLS = 50;
const VALUE = newMarker();
/** Text, so that it fits everywhere. */
const OPTIONS = ["--env", "E=job/secret", "--fd", "3=job/secret", "--file", "F=job/secret"];
const agent = liveAgent();

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "job/secret", VALUE);
  await grant(administrator, "job/secret", { uids: [process.getuid?.() ?? 0] });
});

it("B120: killed at 50 random moments, it leaves no file behind that holds the secret", async ({
  annotate,
}) => {
  const longestMs = 2 * (await timeToStart());
  const folders = ["/dev/shm", "/run", tmpdir(), agent().sandbox.folder];
  let late = 0;
  for (let i = 0; i < KILLS; i++) {
    await using job = new ExecJob(agent().sandbox, OPTIONS, FOREVER);
    await sleep(randomInt(longestMs));
    const orphans = childrenOf(job.pid);
    process.kill(job.pid, "SIGKILL");
    await job.ended;
    for (const pid of orphans) killIfThere(pid);
    if (job.output !== "") late++;
    expect(folders.flatMap(filesWithValue), `kill ${i}`).toEqual([]);
  }
  expect(late, "kills once the command ran, and before").toBeGreaterThan(0);
  expect(late).toBeLessThan(KILLS);
  await annotate(`${String(KILLS)} kills`, "figure");
});

it("B120: no file that it makes ever has a name, and no argument holds the secret", async (context) => {
  needsPrograms(context, "strace");
  const calls = "openat,open,creat,link,linkat,rename,renameat,renameat2,mknod,mknodat,memfd_create,execve";
  const strace = ["-f", "-qq", "-s", "4096", "-e", `trace=${calls}`];
  const command = ["sh", "-c", 'echo "$E"; cat <&3; cat "$F"'];
  const { status, stdout, stderr } = await runCommand(
    "strace",
    [...strace, process.execPath, CLI, "exec", ...OPTIONS, "--", ...command],
    { env: agent().sandbox.environment },
  );
  expect([status, stdout.toString()]).toEqual([0, `${VALUE.toString()}\n${VALUE.toString().repeat(2)}`]);
  const made = stderr.split("\n").filter((line) => /O_CREAT|creat\(|link|rename|mknod|memfd/.test(line));
  expect(made.filter((line) => !/"\/dev\/null"|readlink|unlink/.test(line))).toEqual([]);
  expect(stderr.split("\n").filter((line) => /O_TMPFILE/.test(line)).length).toBe(3);
  expect(stderr).toMatch(/execve\("\/bin\/sh"/);
  expect(stderr, "strace shows arguments, and how many variables").not.toContain(VALUE.toString());
});

it("B120: the file is gone when the command has ended, and when both were killed", async () => {
  for (const end of ["SIGTERM", "SIGKILL"] as const) {
    await using job = new ExecJob(agent().sandbox, ["--file", "F=job/secret"], `echo "at $F"; ${FOREVER}`);
    await job.says("at /");
    const path = /at (\S+)/.exec(job.output)?.[1] ?? "";
    expect(readFileSync(path).equals(VALUE)).toBe(true);
    process.kill(job.pid, end);
    await job.ended;
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  }
});

/** Milliseconds until the command runs, on this machine as busy as it is. */
async function timeToStart(): Promise<number> {
  const began = performance.now();
  await using job = new ExecJob(agent().sandbox, OPTIONS, FOREVER);
  await job.says("ready");
  return Math.ceil(performance.now() - began);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

/** Files right in a folder: nothing makes one further down. Other tests come and go there. */
function filesWithValue(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .filter((path) => holdsValue(path));
}

function holdsValue(path: string): boolean {
  try {
    return readFileSync(path).includes(VALUE);
  } catch {
    return false;
  }
}
