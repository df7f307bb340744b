/** The lines of requests that come at once are written together, and still each before its reply; all of them or none. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { isAuditWrite, isReply } from "../support/audit-calls.ts";
import { auditTexts, firstBadLine, linesOf } from "../support/audit-lines.ts";
import { grant, LiveAgent, set } from "../support/live-agent.ts";
import type { RawReply } from "../support/raw-connection.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { Strace, type SystemCall } from "../support/strace.ts";

const COUNT = 20;
const nameOf = (i: number): string => `together/n${String(i).padStart(2, "0")}`;
const valueOf = (i: number): string => `the value of ${nameOf(i)}.`;

let agent: LiveAgent;
let askers: Asker[] = [];

beforeEach(async () => {
  agent = await LiveAgent.start();
  using administrator = await agent.administrator();
  for (let i = 0; i < COUNT; i++) await set(administrator, nameOf(i), Buffer.from(valueOf(i)));
  await grant(administrator, "together/**", { uids: [process.getuid?.() ?? 0] });
  askers = await Promise.all(Array.from({ length: COUNT }, accepted));
  await atOnce(fetchAll); // from the next turn on it writes together
});
afterEach(async () => {
  for (const asker of askers) asker[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
});

/** A connection that the agent has taken, so that its first look is at what is sent. */
async function accepted(): Promise<Asker> {
  const asker = await Asker.open(agent.sandbox.socket);
  await asker.must("status");
  return asker;
}

const auditPath = (): string => join(agent.sandbox.home, "audit.jsonl");
const texts = (): string[] => auditTexts(agent.sandbox.home);

/**
 * What is sent by these is all there, in this order, when the agent looks for the first time. Whom it served last comes
 * first whatever happens: the kernel may not have taken them off its list yet.
 */
async function atOnce<T>(ask: () => Promise<T>[]): Promise<T[]> {
  await askers[0]?.must("status");
  let asked: Promise<T>[];
  process.kill(agent.pid, "SIGSTOP");
  try {
    await expect.poll(isStopped).toBe(true);
    asked = ask();
  } finally {
    process.kill(agent.pid, "SIGCONT");
  }
  return Promise.all(asked);
}

const fetches = (): unknown[] => linesOf(texts()).filter(({ verb }) => verb === "get");

/** State T of proc_pid_stat(5); t where strace looks on. */
const isStopped = (): boolean =>
  readFileSync(`/proc/${String(agent.pid)}/stat`, "latin1")
    .toLowerCase()
    .includes(") t ");

const fetchAll = (): Promise<RawReply>[] => askers.map((asker, i) => asker.ask("get", { name: nameOf(i) }));

const linesIn = ({ text }: SystemCall): number => text.split('\\"verb\\":\\"get\\"').length - 1;

/** What a reply carries cannot be seen: it lies in memory that not even strace can read. But they leave in order. */
it("B107: no reply before its line, in fewer writes than lines; the line of one who comes alone by itself", async (context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
  await using strace = await Strace.attach(agent.pid, "-s", "65536", "-e", "trace=write,writev");
  expect((await atOnce(fetchAll)).map(codeOf)).toEqual(Array(COUNT).fill("ok"));
  expect(codeOf(await (askers[0] as Asker).ask("get", { name: nameOf(0) }))).toBe("ok");
  const calls = await strace.stop();
  const writes = calls.filter(isAuditWrite).map(linesIn);
  expect(writes.reduce((sum, lines) => sum + lines)).toBe(COUNT + 1);
  expect(writes.at(-1)).toBe(1);
  expect(writes.length).toBeLessThan(COUNT / 2);
  let answerable = 1; // a status comes first, which has no line
  for (const call of calls) {
    if (isAuditWrite(call)) answerable += linesIn(call);
    if (isReply(call)) expect(answerable--, "lines whose reply has not left").toBeGreaterThan(0);
  }
  expect(answerable, "all are answered").toBe(0);
  expect(firstBadLine(texts())).toBeUndefined();
});

it("B108: room for some of them: none is written, all are refused, and it goes on when there is more", async (context) => {
  needsPrograms(context, "prlimit");
  const limit = (bytes: number | string): unknown =>
    spawnSync("prlimit", ["--pid", String(agent.pid), `--fsize=${String(bytes)}:unlimited`]);
  const before = readFileSync(auditPath());
  const lineBytes = before.length - before.lastIndexOf("\n", before.length - 2);
  limit(before.length + 5 * lineBytes);
  const replies = await atOnce(fetchAll);
  expect(replies.map(codeOf)).toEqual(Array(COUNT).fill("audit-failed"));
  for (const { payload } of replies) expect(payload).toHaveLength(0);
  expect(fetches(), "on record").toHaveLength(COUNT); // of the crowd before; what had been wrong may be there already
  limit("unlimited");
  expect((await atOnce(fetchAll)).map(codeOf)).toEqual(Array(COUNT).fill("ok"));
  expect(fetches()).toHaveLength(2 * COUNT);
  expect(linesOf(texts()).map(({ note }) => note)).toContain("the file could not be written");
  expect(firstBadLine(texts())).toBeUndefined();
});

it("a lock among them: nothing leaves after it, everyone has an answer, and all is on record", async () => {
  using locker = await accepted();
  const middle = COUNT / 2;
  const replies = await atOnce(() => {
    const asks = (from: number, to: number): Promise<RawReply>[] =>
      askers.slice(from, to).map((asker, i) => asker.ask("get", { name: nameOf(from + i) }));
    return [...asks(0, middle), locker.ask("lock"), ...asks(middle, COUNT)];
  });
  const codes = replies.map(codeOf);
  expect(codes[middle]).toBe("ok");
  expect(codes.slice(middle + 1)).toEqual(Array(middle).fill("locked"));
  for (const [i, reply] of replies.slice(0, middle).entries()) {
    expect(["ok", "locked"], nameOf(i)).toContain(codeOf(reply));
    expect(reply.payload.toString()).toBe(codeOf(reply) === "ok" ? valueOf(i) : "");
  }
  const lines = linesOf(texts());
  const results = (from: number, to: number): unknown[] =>
    lines
      .slice(from, to)
      .filter(({ verb }) => verb === "get")
      .map(({ result }) => result);
  const lock = lines.findIndex(({ verb }) => verb === "lock");
  expect(results(0, lock).slice(-middle)).toEqual(Array(middle).fill("allowed"));
  expect(results(lock, lines.length)).toEqual(Array(middle).fill("locked"));
  expect(firstBadLine(texts())).toBeUndefined();
});
