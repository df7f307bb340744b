/** While a command runs with its secrets, the `agent exec` beside it holds none of them. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { annotateCopies, copiesIn, newMarker, none, valueWith } from "../support/canaries.ts";
import { CAN_REPLACE, ExecJob, FOREVER } from "../support/exec-job.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";

const [SHORT, LONG, TOKEN] = [newMarker(), newMarker(), newMarker()];
const canaries = { SHORT, LONG };
const agent = liveAgent();

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "job/short", SHORT);
  await set(administrator, "job/long", valueWith(LONG, 1024 * 1024));
  await set(administrator, "job/quotes", Buffer.concat([TOKEN, Buffer.from("'"), SHORT]));
  await grant(administrator, "job/**", { uids: [process.getuid?.() ?? 0] });
});

it("B120: the parent's copies are wiped before the command starts: none is left in its memory", async (context) => {
  needsRoot(context);
  const options = [
    ...["--env", "E=job/short", "--env", "Q=job/quotes"],
    ...["--fd", "3=job/long", "--file", "F=job/long", "--file", "G=job/short"],
  ];
  await using job = new ExecJob(agent().sandbox, options, FOREVER);
  const command = await job.commandPid();
  expect(command).not.toBe(job.pid);
  expect(copiesIn(command, canaries).found["SHORT"], "the scan finds it in the command").toBeGreaterThan(0);
  const beside = copiesIn(job.pid, { ...canaries, TOKEN });
  expect(beside.found).toEqual(none({ ...canaries, TOKEN }));
  await annotateCopies(context, beside);
  for (const file of ["environ", "cmdline"])
    for (const canary of [SHORT, LONG])
      expect(readFileSync(`/proc/${job.pid}/${file}`).includes(canary), file).toBe(false);
  expect(readFileSync(`/proc/${command}/cmdline`).includes(SHORT)).toBe(false);
  expect(readFileSync(`/proc/${command}/environ`).includes(SHORT)).toBe(true);
});

it("B120: the command's memory holds what it was given and nothing of how it came there", async (context) => {
  needsRoot(context);
  await using job = new ExecJob(agent().sandbox, ["--env", "E=job/short"], FOREVER);
  const command = await job.commandPid();
  expect(command === job.pid).toBe(CAN_REPLACE);
  const { found } = copiesIn(command, canaries);
  expect(found["SHORT"], "the environment, and the shell's own copy of it").toBeGreaterThan(0);
  if (command !== job.pid) expect(copiesIn(job.pid, canaries).found).toEqual(none(canaries));
});

it("B120: a command that is killed leaves no copy in the parent, which ends as it did", async (context) => {
  needsRoot(context);
  await using job = new ExecJob(agent().sandbox, ["--fd", "3=job/long", "--env", "E=job/short"], FOREVER);
  const command = await job.commandPid();
  process.kill(job.pid, "SIGSTOP"); // to look at it after the command has gone
  process.kill(command, "SIGKILL");
  const left = copiesIn(job.pid, canaries);
  expect(left.found).toEqual(none(canaries));
  await annotateCopies(context, left);
  process.kill(job.pid, "SIGCONT");
  expect(await job.ended).toEqual([null, "SIGKILL"]);
});
