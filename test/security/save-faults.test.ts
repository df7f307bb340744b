/** A disk that fails during a save: told as such, nothing half done, and the next save works. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { liveAgent, set, succeeded } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";
import { Strace, type SystemCall } from "../support/strace.ts";

const NAME = "disk/fault";
const NOT_SAVED = { status: 10, stdout: Buffer.alloc(0) };
const SYNCS = "?fsync,?fdatasync,?sync_file_range,?syncfs,?sync";
const agent = liveAgent({ config: { ticket: "0" } });

beforeEach((context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
});

it.each(["EIO", "ENOSPC"])(
  "B98: fsync of the new vault fails with %s: exit 10, all as before",
  async (code) => {
    await store(`before ${code}`);
    const before = stateOnDisk();
    const { result, calls } = await setWhile("lost", `trace=${SYNCS}`, `inject=fsync:error=${code}:when=1`);
    expect(result).toMatchObject(NOT_SAVED);
    expect(result.stderr).toContain("could not");
    const failed = calls.filter(({ text }) => text.includes("(INJECTED)"));
    expect(failed.map(({ text }) => text)).toEqual([expect.stringMatching(/vault\.tmp-.*-1 E/)]);
    expect(calls, "no second try, and nothing else to sync").toHaveLength(1);
    expect(stateOnDisk()).toEqual(before);
    await expectStillInForce(`before ${code}`);
  },
);

it.each(["EXDEV", "EACCES", "ENOSPC"])("B99: rename fails with %s: exit 10, all as before", async (code) => {
  await store(`before ${code}`);
  const before = stateOnDisk();
  const renames = "?rename,?renameat,?renameat2";
  const { result, calls } = await setWhile(
    "lost",
    `trace=${renames}`,
    `inject=${renames}:error=${code}:when=1`,
  );
  expect(result).toMatchObject(NOT_SAVED);
  expect(calls.map(({ text }) => text)).toEqual([expect.stringMatching(/vault\.tmp-.*-1 E.*\(INJECTED\)/)]);
  expect(stateOnDisk()).toEqual(before);
  await expectStillInForce(`before ${code}`);
});

it("B99: fsync of the folder fails: in force, but exit 10 says that it may not last", async () => {
  const { sandbox } = agent();
  await store("before the folder");
  const { home } = sandbox;
  const { result, calls } = await setWhile(
    "in force",
    "trace=fsync",
    "inject=fsync:error=EIO:when=1",
    "-P",
    home,
  );
  expect(calls[0]?.text, "the first fsync of the folder").toMatch(/home>.*-1 EIO.*\(INJECTED\)/);
  expect(result.status).toBe(10);
  expect(result.stderr).toMatch(/saved and in force.*could not be synced/);
  expect(await durability()).toBe("unknown");
  const status = await sandbox.ok(["status", "--json"]);
  expect(status.stderr, "an administrator is warned").toContain("could not be synced");
  expect(await value()).toBe("in force");

  await store("synced again");
  expect(await durability(), "after a save that was synced").toBe("known");
  expect((await sandbox.ok(["status"])).stderr).toBe("");
  await expectStillInForce("synced again");
});

/** Sets the value through the command line, while strace makes the agent's calls fail. */
async function setWhile(
  wanted: string,
  trace: string,
  inject: string,
  ...more: readonly string[]
): Promise<{ result: Result; calls: SystemCall[] }> {
  await using strace = await Strace.attach(agent().pid, "-e", trace, "-e", inject, ...more);
  const result = await agent().sandbox.agent(["set", NAME, "--stdin"], {
    input: wanted,
    passphrase: PASSPHRASE,
  });
  return { result, calls: await strace.stop() };
}

/** The vault's bytes, and the names of all files but those that every request changes. */
function stateOnDisk(): { vault: Buffer; names: string[] } {
  const { home } = agent().sandbox;
  return { vault: readFileSync(join(home, "vault")), names: readdirSync(home).sort() };
}

async function store(wanted: string): Promise<void> {
  using administrator = await agent().administrator();
  await set(administrator, NAME, Buffer.from(wanted));
}

async function value(): Promise<string> {
  using administrator = await agent().administrator();
  const reply = await administrator.request({ v: 1, id: 1, verb: "get", name: NAME, admin: true });
  return succeeded(reply).payload.toString();
}

/** In memory and on the disk; and the next change is saved. */
async function expectStillInForce(expected: string): Promise<void> {
  expect(await value(), "in memory").toBe(expected);
  using root = await agent().connect();
  succeeded(await root.request({ v: 1, id: 1, verb: "lock" }));
  succeeded(await root.request({ v: 1, id: 2, verb: "unlock" }, Buffer.from(PASSPHRASE)));
  expect(await value(), "on the disk").toBe(expected);
  await store("the next one");
  expect(await value()).toBe("the next one");
  await agent().expectAlive();
}

async function durability(): Promise<unknown> {
  using administrator = await agent().administrator();
  return (await administrator.request({ v: 1, id: 1, verb: "status" })).header.get("durability");
}
