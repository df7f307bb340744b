/** `agent exec` for a job of an ordinary user, against the machine's agent. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Result, runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const JOB = 64_233;
const OTHER = 64_234;
const VALUE = "it's the value";
const agent = liveAgent({ shared: true });
const installed = process.getuid?.() === 0 ? new Installation() : undefined;
afterAll(() => installed?.[Symbol.dispose]());

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "job/secret", Buffer.from(VALUE));
  await grant(administrator, "job/secret", { uids: [JOB] });
});

const execAs = (uid: number, ...args: readonly string[]): Promise<Result> =>
  runCommand(installed?.node ?? "", [installed?.cli ?? "", "exec", ...args], {
    env: { PATH: process.env["PATH"] ?? "", SOTTO_SOCKET: agent().sandbox.socket },
    uid,
  });

it("B120: it gets its secret in each way, and another user's job is not started", async (context) => {
  needsRoot(context);
  const ways = ["--env", "E=job/secret", "--fd", "3=job/secret", "--file", "F=job/secret"];
  const print = ["sh", "-c", 'printf %s "$E"; cat /dev/fd/3 "$F"'];
  expect(await execAs(JOB, ...ways, "--", ...print)).toMatchObject({ status: 0, stderr: "" });
  expect((await execAs(JOB, ...ways, "--", ...print)).stdout.toString()).toBe(VALUE.repeat(3));
  expect((await execAs(JOB, "--env", "E=job/secret", "--", "printenv", "E")).stdout.toString()).toBe(
    `${VALUE}\n`,
  );
  expect(await execAs(OTHER, ...ways, "--", ...print)).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
});

it("B120: the file in memory cannot be opened by another user", async (context) => {
  needsRoot(context);
  needsPrograms(context, "setpriv");
  const other = `setpriv --reuid=${OTHER} --clear-groups cat "$F"`;
  using administrator = await agent().administrator();
  await set(administrator, "root/secret", Buffer.from(VALUE));
  await grant(administrator, "root/secret", { uids: [0] });
  const result = await execAs(0, "--file", "F=root/secret", "--", "sh", "-c", `${other}; exit 5`);
  expect(result).toMatchObject({ status: 5, stdout: Buffer.alloc(0) });
  expect(result.stderr).toContain("Permission denied");
});
