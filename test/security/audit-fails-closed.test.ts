/** What cannot be put on record is not given out; lock works whatever happens, and the agent goes on when the fault ends. */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { auditTexts, firstBadLine, linesOf } from "../support/audit-lines.ts";
import { DirectAgent } from "../support/direct-agent.ts";
import { LiveAgent } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { Strace } from "../support/strace.ts";

const NAME = "probe/alive";
let agent: LiveAgent;

beforeEach(async () => {
  agent = await LiveAgent.start();
});
afterEach(() => agent[Symbol.asyncDispose]());

const auditPath = (): string => join(agent.sandbox.home, "audit.jsonl");
const open = (): Promise<Asker> => Asker.open(agent.sandbox.socket);

async function get(): Promise<string> {
  using asker = await open();
  const reply = await asker.ask("get", { name: NAME });
  if (codeOf(reply) !== "ok") expect(reply.payload).toHaveLength(0);
  return codeOf(reply);
}

async function auditState(): Promise<unknown> {
  using asker = await open();
  return (await asker.must("status")).header.get("audit");
}

/** Refused from the first fetch on, and told so. Where little room is left, the line that says what was wrong may fit. */
async function expectFailing(): Promise<void> {
  expect(await get()).toBe("audit-failed");
  const answers = async (): Promise<unknown[]> => [await get(), await auditState()];
  await expect.poll(answers).toEqual(["audit-failed", "failing"]);
  expect(await get()).toBe("audit-failed");
}

/** All works again, what had been is on record, and so is what the agent wrote before. */
async function expectRecovered(note: string, head?: unknown): Promise<void> {
  expect(await get()).toBe("ok");
  expect(await auditState()).toBe("ok");
  const lines = linesOf([readFileSync(auditPath(), "utf8")]);
  expect(lines.map((line) => line["note"])).toContain(note);
  if (head !== undefined) expect(lines[0]).toMatchObject({ note: "continues", previous: head });
  expect(agent.sandbox.log()).toContain(`the audit is failing: ${note}`);
  await agent.expectAlive();
}

async function lockAndUnlock(): Promise<void> {
  using asker = await open();
  await asker.must("lock");
  expect((await asker.must("status")).header.get("state")).toBe("locked");
  const reply = await asker.ask("unlock", {}, Buffer.from(PASSPHRASE));
  expect(codeOf(reply)).toBe("ok");
}

const hangUp = (): boolean => process.kill(agent.pid, "SIGHUP");
const lastChain = (): unknown => linesOf([readFileSync(auditPath(), "utf8")]).at(-1)?.["chain"];

const SPOILED: readonly (readonly [what: string, note: string, spoil: () => void])[] = [
  ["removed", "the file had been removed", () => rmSync(auditPath())],
  ["cut", "the file had been cut", () => truncateSync(auditPath(), 100)],
  ["emptied", "the file had been cut", () => truncateSync(auditPath(), 0)],
  [
    "written to by somebody else",
    "the file had been written to by another process",
    () => appendFileSync(auditPath(), '{"verb":"get","result":"allowed"}\n'),
  ],
];

it.each(SPOILED)(
  "B108: %s: nothing is given out until SIGHUP, and a new file goes on",
  async (_what, note, spoil) => {
    const head = lastChain();
    spoil();
    await expectFailing();
    hangUp();
    await expect.poll(auditState).toBe("ok");
    await expectRecovered(note, head);
  },
);

it("B108: removed: an unlock makes it go on just as well, and a lock works before", async () => {
  const head = lastChain();
  rmSync(auditPath());
  await expectFailing();
  await lockAndUnlock();
  await expectRecovered("the file had been removed", head);
});

it("B108: mode 000, and one that others may read: until the mode is right", async () => {
  for (const mode of [0o000, 0o644]) {
    chmodSync(auditPath(), mode);
    await expectFailing();
    using asker = await open();
    await asker.must("lock");
    chmodSync(auditPath(), 0o600);
    await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
    await expectRecovered("the mode of the file had been changed");
  }
  expect(firstBadLine(auditTexts(agent.sandbox.home))).toBeUndefined();
});

const IMPOSTORS: readonly (readonly [string, () => unknown])[] = [
  ["a FIFO without a reader", () => spawnSync("mkfifo", ["-m", "600", auditPath()])],
  ["a link", () => symlinkSync("/dev/null", auditPath())],
  ["a folder", () => mkdirSync(auditPath(), { mode: 0o700 })],
];

it.each(IMPOSTORS)(
  "B108: %s in its place, while it runs and at a start: not waited for, not written to",
  async (_what, put) => {
    const { home } = agent.sandbox;
    const away = join(home, "away");
    renameSync(auditPath(), away);
    put();
    hangUp();
    await expect.poll(auditState).toBe("failing");
    await expectFailing();
    rmSync(auditPath(), { recursive: true });
    await expect.poll(auditState).toBe("ok");
    await expectRecovered("something that is not a plain file lay in its place");
    expect(firstBadLine([readFileSync(away, "utf8"), readFileSync(auditPath(), "utf8")])).toBeUndefined();

    await agent.sandbox.ok(["stop"]);
    rmSync(auditPath());
    put();
    await agent.sandbox.ok(["start"]);
    using asker = await open();
    expect(codeOf(await asker.ask("unlock", {}, Buffer.from(PASSPHRASE)))).toBe("audit-failed");
    expect(await auditState()).toBe("failing");
    expect((await asker.must("status")).header.get("state")).toBe("locked");
    await asker.must("lock");
    rmSync(auditPath(), { recursive: true });
    await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
    expect(await get()).toBe("ok");
  },
);

for (const code of ["EIO", "ENOSPC"])
  it(`B108: a write fails with ${code}: refused, and on when it does no more`, async (context) => {
    needsRoot(context);
    needsPrograms(context, "strace");
    const before = readFileSync(auditPath());
    {
      await using strace = await Strace.attach(
        agent.pid,
        ...["-e", "trace=write", "-e", `inject=write:error=${code}`, "-P", auditPath()],
      );
      await expectFailing();
      using asker = await open();
      await asker.must("lock");
      expect(readFileSync(auditPath()).equals(before), "nothing of it was written").toBe(true);
      expect((await strace.stop()).some(({ text }) => text.includes("INJECTED"))).toBe(true);
    }
    await lockAndUnlock();
    await expectRecovered("the file could not be written");
    expect(firstBadLine(auditTexts(agent.sandbox.home))).toBeUndefined();
  });

it("B108: room for a part of a line: it is cut off again, and the chain stays whole", async (context) => {
  needsPrograms(context, "prlimit");
  const { size } = statSync(auditPath());
  for (const room of [1, 40, 200]) {
    const limit = (bytes: number | string): unknown =>
      spawnSync("prlimit", ["--pid", String(agent.pid), `--fsize=${String(bytes)}:unlimited`]);
    const now = statSync(auditPath()).size;
    limit(now + room);
    await expectFailing();
    expect(readFileSync(auditPath(), "utf8").endsWith("}\n"), "no half line").toBe(true);
    limit("unlimited");
    await expectRecovered("the file could not be written");
  }
  expect(statSync(auditPath()).size).toBeGreaterThan(size);
  expect(firstBadLine(auditTexts(agent.sandbox.home))).toBeUndefined();
});

it("B108: a full disk: refused, lock works, and it recovers when there is space", async (context) => {
  needsRoot(context);
  needsPrograms(context, "mount", "umount");
  await using sandbox = new Sandbox();
  const config = readFileSync(join(sandbox.home, "config.json"));
  expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", sandbox.home]).status).toBe(
    0,
  );
  try {
    writeFileSync(join(sandbox.home, "config.json"), config, { mode: 0o600 });
    await using direct = await DirectAgent.start(sandbox);
    using asker = await Asker.open(sandbox.socket);
    await asker.must("init", { recovery: false }, Buffer.from(PASSPHRASE));
    await asker.must("set", { name: NAME }, Buffer.from("a value"));
    const filler = join(sandbox.home, "filler");
    expect(spawnSync("sh", ["-c", `cat /dev/zero > ${filler}`]).status).not.toBe(0);
    for (let i = 0; i < 40; i++) await asker.ask("get", { name: NAME, admin: true }); // to the end of the last page
    expect(codeOf(await asker.ask("get", { name: NAME, admin: true }))).toBe("audit-failed");
    expect((await asker.must("status")).header.get("audit")).toBe("failing");
    await asker.must("lock");
    expect((await asker.must("status")).header.get("state")).toBe("locked");
    rmSync(filler);
    await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
    expect(codeOf(await asker.ask("get", { name: NAME, admin: true }))).toBe("ok");
    expect((await asker.must("status")).header.get("audit")).toBe("ok");
    expect(firstBadLine(auditTexts(sandbox.home))).toBeUndefined();
    await direct.end("SIGTERM");
  } finally {
    spawnSync("umount", ["-l", sandbox.home]);
  }
});

it("B108: a trouble is noticed and logged when nobody asks for anything", async () => {
  rmSync(auditPath());
  await expect.poll(() => agent.sandbox.log()).toContain("the file had been removed");
  expect(existsSync(auditPath())).toBe(false);
});
