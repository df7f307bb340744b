import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Audit } from "./audit.ts";
import { got, Kit } from "./kit.test.helper.ts";
import { TROUBLES } from "./notes.ts";
import { Turn } from "./turn.ts";

const turnIsOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The names on record, in order. */
const names = (kit: Kit, file?: string): (string | undefined)[] =>
  kit.records(file).flatMap(({ name }) => (name === undefined ? [] : [name]));

/** As many fetches in one turn, and whether the line of each was written. */
const fetchAll = (audit: Audit, count: number): (boolean | Promise<boolean>)[] =>
  Array.from({ length: count }, (_, i) => audit.writeInTurn(got(`name/n${String(i)}`)));

const outcomesOf = (lines: readonly (boolean | Promise<boolean>)[]): Promise<boolean[]> =>
  Promise.all(lines.map((one) => Promise.resolve(one)));

const namesUpTo = (count: number): string[] => Array.from({ length: count }, (_, i) => `name/n${String(i)}`);

describe("the lines of one turn of the event loop", () => {
  it("B107: the first is written at once; the others at its end, and till then nobody is told that they were", async () => {
    using kit = new Kit();
    const audit = kit.start();
    const [first, ...others] = fetchAll(audit, 5);
    expect(first).toBe(true);
    expect(names(kit)).toEqual(namesUpTo(1));
    let told = false;
    for (const one of others) void Promise.resolve(one).then(() => (told = true));
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(told).toBe(false);
    await turnIsOver();
    expect(await outcomesOf(others)).toEqual([true, true, true, true]);
    expect(names(kit)).toEqual(namesUpTo(5));
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("the next turn begins anew", async () => {
    using kit = new Kit();
    const audit = kit.start();
    for (let i = 0; i < 3; i++) {
      expect(audit.writeInTurn(got())).toBe(true);
      await turnIsOver();
    }
    expect(names(kit)).toHaveLength(3);
  });

  it("64 wait for no more to come", async () => {
    using kit = new Kit();
    const outcomes = fetchAll(kit.start(), 1 + 64 + 3);
    expect(names(kit)).toEqual(namesUpTo(1 + 64));
    expect(await outcomesOf(outcomes)).not.toContain(false);
    expect(names(kit)).toEqual(namesUpTo(1 + 64 + 3));
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it.each<[string, (audit: Audit) => unknown]>([
    ["another line", (audit) => audit.write(got("other"))],
    ["a look whether it can write", (audit) => audit.ready()],
    ["a reopen", (audit) => audit.reopen()],
  ])("%s in between: those that wait are written before it", async (_what, action) => {
    using kit = new Kit();
    const audit = kit.start();
    const outcomes = fetchAll(audit, 4);
    action(audit);
    expect(names(kit).slice(0, 4)).toEqual(namesUpTo(4));
    expect(await outcomesOf(outcomes)).toEqual([true, true, true, true]);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("a lock in between, which waits for no disk: they come behind its checkpoint and before its line", async () => {
    using kit = new Kit();
    kit.sealer = { sealAudit: (head: Buffer) => ({ key: "0f".repeat(8), mac: Buffer.from(head) }) };
    const audit = kit.start();
    const outcomes = fetchAll(audit, 3);
    audit.beforeLock();
    expect(names(kit)).toEqual(namesUpTo(1));
    kit.sealer = undefined;
    audit.locked("its time was over");
    const story = ["audit: begins", "get", "checkpoint", "get", "get", "lock: its time was over"];
    expect(kit.story()).toEqual(story);
    expect(await outcomesOf(outcomes)).toEqual([true, true, true]);
    const [, before, checkpoint] = kit.records();
    expect(checkpoint?.mac).toBe(before?.chain);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("B108: where they cannot be written none is, all are told, and what they were about was not fetched", async () => {
    using kit = new Kit();
    const audit = kit.start();
    const outcomes = fetchAll(audit, 4);
    rmSync(kit.path);
    expect(await outcomesOf(outcomes)).toEqual([true, false, false, false]);
    expect(audit.hopeful).toBe(false);
    expect(audit.writeInTurn(got("later"))).toBe(false);
    const never = (): boolean => false;
    expect(await audit.lastFetch("name/n3", never)).toBeNull();
    audit.reopen();
    expect(kit.story()).toEqual(["audit: continues", `audit: ${TROUBLES.removed}`]);
    expect(audit.writeInTurn(got("later"))).toBe(true);
    expect(kit.told).toHaveLength(1);
  });

  it("who waits is told also where writing throws", async () => {
    const turn = new Turn(([record]) => {
      if (record?.name === "second") throw new Error("of a defect");
      return true;
    });
    expect(turn.add(got("first"))).toBe(true);
    const outcome = turn.add(got("second"));
    expect(() => turn.writeKept()).toThrow("of a defect");
    expect(await outcome).toBe(false);
  });

  it("every one counts as the last fetch of its secret, once it is written", async () => {
    using kit = new Kit();
    const audit = kit.start();
    await outcomesOf(fetchAll(audit, 4));
    const never = (): boolean => false;
    for (const name of namesUpTo(4))
      expect(await audit.lastFetch(name, never)).toMatchObject({ uid: 1000, time: kit.clock.wall });
  });

  it("B60: a clock that was set is on record in the first of them alone", async () => {
    using kit = new Kit();
    const audit = kit.start();
    const outcomes = fetchAll(audit, 4);
    kit.clock.wall -= 3_600_000;
    await outcomesOf(outcomes);
    const jumps = kit.records().map(({ clockJumpMs }) => clockJumpMs);
    expect(jumps).toEqual([undefined, undefined, -3_600_000, undefined, undefined]);
  });

  it("a checkpoint comes after a thousand lines all the same", async () => {
    using kit = new Kit();
    kit.sealer = { sealAudit: () => ({ key: "0f".repeat(8), mac: Buffer.alloc(32) }) };
    const audit = kit.start();
    for (let i = 0; i < 20; i++) await outcomesOf(fetchAll(audit, 65));
    const checkpoint = kit.story().indexOf("checkpoint");
    expect(checkpoint).toBeGreaterThanOrEqual(1_000);
    expect(checkpoint).toBeLessThan(1_000 + 65);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("a file is rotated before them, and none of them is lost", async () => {
    using kit = new Kit();
    const audit = kit.start({ maxBytes: 20_000 });
    for (let i = 0; i < 10; i++) await outcomesOf(fetchAll(audit, 65));
    const files = kit.files();
    expect(files.length).toBeGreaterThan(5);
    const all = files.flatMap((file) => names(kit, file));
    expect(all).toEqual(Array.from({ length: 10 }, () => namesUpTo(65)).flat());
    expect(kit.firstBadLine()).toBeUndefined();
  });
});
