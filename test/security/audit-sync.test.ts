/** `auditSync: fsync`: the line is on the disk before the reply leaves, one sync for many, and no reply without it. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { isAuditWrite, isReply } from "../support/audit-calls.ts";
import { auditTexts, firstBadLine } from "../support/audit-lines.ts";
import { LiveAgent } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";
import { Strace, type SystemCall } from "../support/strace.ts";

const NAME = "probe/alive";
let agent: LiveAgent;

beforeEach(async (context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
  agent = await LiveAgent.start({ config: { auditSync: "fsync" } });
});
afterEach(() => agent[Symbol.asyncDispose]());

const isSync = ({ name, text }: SystemCall): boolean => name === "fsync" && text.includes("audit.jsonl>");

it("B107: line, then sync, then reply", async () => {
  using asker = await Asker.open(agent.sandbox.socket);
  await using strace = await Strace.attach(agent.pid, "-e", "trace=write,writev,fsync");
  for (let i = 0; i < 3; i++) expect(codeOf(await asker.ask("get", { name: NAME }))).toBe("ok");
  expect(codeOf(await asker.ask("get", { name: "nobody/has-it" }))).toBe("denied");
  const calls = await strace.stop();
  const order = calls.flatMap((call) =>
    isAuditWrite(call) ? ["line"] : isSync(call) ? ["sync"] : isReply(call) ? ["reply"] : [],
  );
  expect(order).toEqual(Array.from({ length: 4 }, () => ["line", "sync", "reply"]).flat());
});

it("many at once share their syncs", async () => {
  const askers = await Promise.all(Array.from({ length: 20 }, () => Asker.open(agent.sandbox.socket)));
  await using strace = await Strace.attach(
    agent.pid,
    ...["-e", "trace=fsync", "-e", "inject=fsync:delay_enter=20000"],
  );
  await Promise.all(
    askers.map(async (asker) => {
      for (let i = 0; i < 5; i++) expect(codeOf(await asker.ask("get", { name: NAME }))).toBe("ok");
    }),
  );
  const syncs = (await strace.stop()).filter(isSync);
  for (const asker of askers) asker[Symbol.dispose]();
  expect(syncs.length).toBeGreaterThanOrEqual(5);
  expect(syncs.length, "for a hundred fetches").toBeLessThan(50);
});

it("B108: a sync that fails: refused, and nothing more until told to go on, in a new file", async () => {
  using asker = await Asker.open(agent.sandbox.socket);
  {
    await using strace = await Strace.attach(
      agent.pid,
      ...["-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-P", join(agent.sandbox.home, "audit.jsonl")],
    );
    const refused = await asker.ask("get", { name: NAME });
    expect(codeOf(refused)).toBe("audit-failed");
    expect(refused.payload).toHaveLength(0);
    await strace.stop();
  }
  expect(codeOf(await asker.ask("get", { name: NAME })), "not tried again").toBe("audit-failed");
  expect((await asker.must("status")).header.get("audit")).toBe("failing");
  await asker.must("lock");
  await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  expect(codeOf(await asker.ask("get", { name: NAME }))).toBe("ok");
  expect(agent.sandbox.log()).toContain("the file could not be synced to the disk");
  expect(firstBadLine(auditTexts(agent.sandbox.home))).toBeUndefined();
});
