/** `agent exec` ends as its command ends, and what is sent to it reaches the command. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { CAN_REPLACE, ExecJob, FOREVER } from "../support/exec-job.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { Pty } from "../support/pty.ts";
import { CLI } from "../support/sandbox.ts";

const agent = liveAgent();
/** Where Node can do it, the first one replaces the process; the second one has a parent on every line of Node. */
const WAYS: readonly (readonly [string, readonly string[]])[] = [
  ["--env", ["--env", "S=job/secret"]],
  ["--fd", ["--fd", "3=job/secret"]],
];

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "job/secret", Buffer.from("value"));
  await grant(administrator, "job/secret", { uids: [process.getuid?.() ?? 0] });
});

const stateOf = (pid: number): string =>
  /^State:\s+(\S)/m.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1"))?.[1] ?? "";

it.each(WAYS)("B120: the exit status of the command is passed on (%s)", async (_way, options) => {
  for (const status of [0, 1, 2, 77, 126, 127, 255]) {
    const result = await agent().sandbox.agent(["exec", ...options, "--", "sh", "-c", `exit ${status}`]);
    expect(result).toMatchObject({ status, signal: null, stderr: "" });
  }
});

it.each(WAYS)("B120: it dies of the signal that its command died of (%s)", async (_way, options) => {
  for (const signal of ["HUP", "INT", "KILL", "PIPE", "TERM", "USR1", "USR2", "ALRM", "XFSZ"]) {
    const script = `ulimit -c 0; kill -${signal} $$; sleep 60`;
    const result = await agent().sandbox.agent(["exec", ...options, "--", "sh", "-c", script]);
    expect(result, signal).toMatchObject({ status: null, signal: `SIG${signal}` });
  }
});

it.each(WAYS)(
  "B120: a signal reaches the command, which decides what comes of it (%s)",
  async (_way, options) => {
    for (const signal of [
      "SIGHUP",
      "SIGINT",
      "SIGQUIT",
      "SIGTERM",
      "SIGUSR1",
      "SIGUSR2",
      "SIGALRM",
    ] as const) {
      const trap = `n=0; trap 'n=$((n+1)); echo got $n' ${signal.slice(3)}; echo trapped; ${FOREVER}`;
      await using job = new ExecJob(agent().sandbox, options, trap);
      await job.says("trapped");
      process.kill(job.pid, signal);
      await job.says("got 1");
      process.kill(job.pid, signal);
      await job.says("got 2");
      expect(job.child.exitCode ?? job.child.signalCode, `${signal} does not end it`).toBe(null);
    }
  },
);

it.each(WAYS)("B120: a signal that the command does not handle ends both (%s)", async (_way, options) => {
  for (const signal of ["SIGHUP", "SIGTERM", "SIGUSR1"] as const) {
    await using job = new ExecJob(agent().sandbox, options, FOREVER);
    await job.commandPid();
    process.kill(job.pid, signal);
    expect(await job.ended).toEqual([null, signal]);
  }
});

it("B120: where only --env is used and Node can do it, the process becomes the command", async () => {
  await using replaced = new ExecJob(agent().sandbox, ["--env", "S=job/secret"], FOREVER);
  expect((await replaced.commandPid()) === replaced.pid).toBe(CAN_REPLACE);
  await using parent = new ExecJob(agent().sandbox, ["--fd", "3=job/secret"], FOREVER);
  expect(await parent.commandPid()).not.toBe(parent.pid);
});

it.each(WAYS)("B120: a key on the terminal reaches the command once (%s)", async (_way, options) => {
  using pty = new Pty();
  const script = `n=0; trap 'n=$((n+1)); echo got-$n' INT; trap 'echo quit; exit 3' QUIT; echo ready; ${FOREVER}`;
  const child = pty.spawn(
    [process.execPath, CLI, "exec", ...options, "--", "sh", "-c", script],
    agent().sandbox.environment,
  );
  await pty.shows("ready");
  pty.type("\x03");
  await pty.shows("got-1");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(pty.screen).not.toContain("got-2");
  pty.type("\x03");
  await pty.shows("got-2");
  pty.type("\x1c");
  await pty.shows("quit");
  expect(await child.ended).toEqual({ status: 3, signal: null });
});

it.each(WAYS)("B120: a stopped job stops whole, and goes on whole (%s)", async (_way, options) => {
  const group = ["perl", "-e", "setpgrp; exec @ARGV"]; // of its own, as a shell gives its jobs
  await using job = new ExecJob(agent().sandbox, options, FOREVER, group);
  const pid = await job.commandPid();
  const states = (): string[] => [stateOf(job.pid), stateOf(pid)];
  process.kill(job.pid, "SIGTSTP");
  await expect.poll(states, { timeout: 20_000 }).toEqual(["T", "T"]);
  process.kill(job.pid, "SIGCONT");
  await expect.poll(() => states().includes("T"), { timeout: 20_000 }).toBe(false);
});

it("B120: a signal before the command runs ends the wait, and nothing is started", async () => {
  const absent = { ...agent().sandbox.environment, SOTTO_SOCKET: `${agent().sandbox.folder}/absent.sock` };
  const args = [CLI, "exec", "--wait", "1m", "--env", "S=job/secret", "--", "echo", "started"];
  const child = spawn(process.execPath, args, { env: absent, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([null, "SIGTERM"]);
  expect(out).toBe("");
});
