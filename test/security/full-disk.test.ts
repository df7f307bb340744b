/** A disk or a file size limit that ends in the middle of a save: told as such, all as before, and the next one works. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it, type TestContext } from "vitest";
import type { Result } from "../support/command.ts";
import { LiveAgent, set } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { Strace } from "../support/strace.ts";

const NAME = "disk/full";
const BALLAST = "disk/ballast";

/** A sandbox whose home is a file system of its own, of a few MiB. The socket lies beside it. */
class SmallDisk extends Sandbox {
  constructor(megabytes: number) {
    super({ shared: true, config: { ticket: "0" } });
    const config = join(this.home, "config.json");
    const text = readFileSync(config);
    const options = `size=${String(megabytes)}m,mode=0700`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", this.home]);
    writeFileSync(config, text, { mode: 0o600 });
  }

  /** Leaves `bytes` free. Returns what frees the rest again. */
  fillUp(bytes: number): () => void {
    const { bavail, bsize } = statfsSync(this.home);
    const file = join(this.home, "filler");
    writeFileSync(file, Buffer.alloc(bavail * bsize - bytes));
    return () => rmSync(file);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    execFileSync("umount", ["--lazy", this.home]);
    await super[Symbol.asyncDispose]();
  }
}

/** Stores a value through the command line. */
const store = (sandbox: Sandbox, value: string): ReturnType<Sandbox["agent"]> =>
  sandbox.agent(["set", NAME, "--stdin"], { passphrase: PASSPHRASE, input: value });

const vaultOf = (sandbox: Sandbox): string => join(sandbox.home, "vault");
const tempsOf = (sandbox: Sandbox): string[] =>
  readdirSync(sandbox.home).filter((name) => name.includes(".tmp-"));

async function valueOf(sandbox: Sandbox): Promise<string> {
  return (await sandbox.ok(["get", NAME, "--admin"], { passphrase: PASSPHRASE })).stdout.toString();
}

/** A vault of some 100 KiB, with the value `before`. */
async function prepare(agent: LiveAgent): Promise<void> {
  using administrator = await agent.administrator();
  await set(administrator, BALLAST, Buffer.alloc(100_000));
  await set(administrator, NAME, Buffer.from("before"));
}

/** `breakIt` makes the next save fail; what it returns mends that. */
async function expectFailsCleanly(agent: LiveAgent, breakIt: () => () => unknown): Promise<void> {
  const { sandbox } = agent;
  const before = readFileSync(vaultOf(sandbox));
  const mend = breakIt();
  const { status, stderr } = await store(sandbox, "lost");
  expect([status, stderr]).toEqual([10, expect.stringContaining("could not")]);
  expect(readFileSync(vaultOf(sandbox)).equals(before), "the vault is the old one").toBe(true);
  expect(tempsOf(sandbox)).toEqual([]);
  expect(await valueOf(sandbox), "in memory").toBe("before");
  await agent.expectAlive();
  mend();
  await expectNextWorks(sandbox);
}

async function expectNextWorks(sandbox: Sandbox): Promise<void> {
  expect((await store(sandbox, "the next one")).status).toBe(0);
  await sandbox.ok(["lock"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(await valueOf(sandbox), "on the disk").toBe("the next one");
}

function limitFiles(pid: number, bytes: string): void {
  execFileSync("prlimit", [`--pid=${String(pid)}`, `--fsize=${bytes}:`]);
}

it("B100: a disk with room for a tenth of the new vault: exit 10, all as before", async (context) => {
  needsRoot(context);
  needsPrograms(context, "mount", "umount");
  const sandbox = new SmallDisk(4);
  await using agent = await startIn(sandbox);
  await prepare(agent);
  await expectFailsCleanly(agent, () => sandbox.fillUp(statSync(vaultOf(sandbox)).size / 10));
});

it("B100: a limit on the size of files: exit 10, all as before; the signal of that limit ends nothing", async (context) => {
  needsPrograms(context, "prlimit");
  await using agent = await LiveAgent.start({ config: { ticket: "0" } });
  await prepare(agent);
  const { size } = statSync(vaultOf(agent.sandbox));
  await expectFailsCleanly(agent, () => {
    limitFiles(agent.pid, String(size - 1000));
    return () => limitFiles(agent.pid, "unlimited");
  });
});

/** The vault is written by threads of libuv, for each of which strace counts by itself. */
beforeEach<TestContext>((context) => {
  if (!context.task.name.startsWith("B101")) return;
  needsRoot(context);
  needsPrograms(context, "strace");
});

it.each([
  ["one write takes a single byte and loses it", "retval=1:when=1"],
  ["every write takes a single byte and loses it", "retval=1"],
  ["a write takes nothing", "retval=0:when=1"],
])("B101: %s: exit 10, all as before", async (_what, fault) => {
  await using agent = await LiveAgent.start({ config: { ticket: "0" } });
  const { sandbox } = agent;
  expect((await store(sandbox, "before")).status).toBe(0);
  const before = readFileSync(vaultOf(sandbox));
  const { status, stderr } = await storeUnder(agent, fault, "lost");
  expect([status, stderr]).toEqual([10, expect.stringContaining("could not")]);
  expect(readFileSync(vaultOf(sandbox)).equals(before), "the vault is the old one").toBe(true);
  expect(tempsOf(sandbox)).toEqual([]);
  expect(await valueOf(sandbox), "in memory").toBe("before");
  await expectNextWorks(sandbox);
});

it("B101: a write that a signal interrupts is taken up again", async () => {
  await using agent = await LiveAgent.start({ config: { ticket: "0" } });
  expect((await storeUnder(agent, "error=EINTR:when=1", "in spite of it")).status).toBe(0);
  expect(await valueOf(agent.sandbox)).toBe("in spite of it");
  await expectNextWorks(agent.sandbox);
});

async function storeUnder(agent: LiveAgent, fault: string, value: string): Promise<Result> {
  await using strace = await Strace.attach(
    agent.pid,
    "-e",
    "trace=pwrite64",
    "-e",
    `inject=pwrite64:${fault}`,
  );
  const result = await store(agent.sandbox, value);
  const calls = await strace.stop();
  expect(calls.filter(({ text }) => text.includes("(INJECTED)")).length).toBeGreaterThan(0);
  return result;
}

/** An unlocked agent in a home that was prepared. */
async function startIn(sandbox: Sandbox): Promise<LiveAgent> {
  try {
    await sandbox.ok(["start"]);
    await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
  return LiveAgent.of(sandbox);
}
