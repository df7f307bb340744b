/** The life of an agent from its start to its end, on the node that runs this test (`npm run test:lines`: on each line). */
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { expect, it } from "vitest";
import { isRunning } from "../support/processes.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const VALUE = Buffer.from([0, 10, 255, 128, 13, 65]);
const LARGE = Buffer.alloc(1024 * 1024, "large");
const proved = { passphrase: PASSPHRASE };

it(`started, filled, fetched from, locked, opened and stopped, on node ${process.version}`, async () => {
  await using sandbox = await Sandbox.start();
  const pid = (await sandbox.pid()) ?? 0;
  expectOurNode(pid);
  await sandbox.ok(["set", "job/login", "--stdin", "--attr", "username=batch"], { ...proved, input: VALUE });
  await sandbox.set("job/large", LARGE);
  await sandbox.grant("job/**", "--uid", String(process.getuid?.() ?? 0));
  await expectFetched(sandbox);

  await sandbox.ok(["lock"]);
  expect((await sandbox.agent(["get", "job/login"])).status, "locked").toBe(3);
  expect((await sandbox.agent(["unlock"], { passphrase: "a wrong passphrase" })).status).toBe(7);
  const waiting = sandbox.ok(["get", "job/login", "--wait", "30s"]);
  await sandbox.ok(["unlock"], proved);
  expect((await waiting).stdout).toEqual(VALUE);
  await expectFetched(sandbox);
  expect(await sandbox.pid(), "the same process all along").toBe(pid);

  await sandbox.ok(["stop"]);
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  expect(existsSync(sandbox.socket)).toBe(false);
  expect(sandbox.log()).not.toMatch(/"level":(?:50|60)/);
});

async function expectFetched(sandbox: Sandbox): Promise<void> {
  expect((await sandbox.ok(["get", "job/login"])).stdout).toEqual(VALUE);
  expect((await sandbox.ok(["get", "job/login", "--attr", "username"])).stdout.toString()).toBe("batch");
  expect((await sandbox.ok(["get", "job/large"])).stdout.equals(LARGE)).toBe(true);
}

/** The agent runs on the node of its command, under the permission model. */
function expectOurNode(pid: number): void {
  const args = readFileSync(`/proc/${String(pid)}/cmdline`, "latin1").split("\0");
  expect(args).toEqual(expect.arrayContaining([expect.stringMatching(/^--(?:experimental-)?permission$/)]));
  if (process.getuid?.() === 0) expect(readlinkSync(`/proc/${String(pid)}/exe`)).toBe(process.execPath);
}
