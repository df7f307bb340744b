import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Audit } from "./audit.ts";
import { got, Kit } from "./kit.test.helper.ts";
import { TROUBLES } from "./notes.ts";
import { Turn } from "./turn.ts";

const turnIsOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The names of fetches on record, in order, but for those of the crowd. */
const names = (kit: Kit, file?: string): (string | undefined)[] =>
  kit.records(file).flatMap(({ name }) => (name === undefined || name === CROWD ? [] : [name]));

const CROWD = "crowd/any";

/** An audit that has had so many lines in one turn that it expects the next ones to come together too. */
async function crowded(kit: Kit, settings?: Parameters<Kit["start"]>[0]): Promise<Audit> {
  const audit = kit.start(settings);
  for (let i = 0; i < 10; i++) expect(audit.writeInTurn(got(CROWD))).toBe(true);
  await turnIsOver();
  return audit;
}

/** As many fetches in one turn, and whether the line of each was written. */
const fetchAll = (audit: Audit, count: number): (boolean | Promise<boolean>)[] =>
  Array.from({ length: count }, (_, i) => audit.writeInTurn(got(`name/n${String(i)}`)));

const outcomesOf = (lines: readonly (boolean | Promise<boolean>)[]): Promise<boolean[]> =>
  Promise.all(lines.map((one) => Promise.resolve(one)));

const namesUpTo = (count: number): string[] => Array.from({ length: count }, (_, i) => `name/n${String(i)}`);

describe("the lines of one turn of the event loop", () => {
  it("come one by one: each is written at once", async () => {
    using kit = new Kit();
    const audit = kit.start();
    for (let i = 0; i < 20; i++) {
      expect(audit.writeInTurn(got())).toBe(true);
      await turnIsOver();
    }
    expect(names(kit)).toHaveLength(20);
  });

  it("are of one connection, which is answered one at a time: each is written at once", () => {
    using kit = new Kit();
    const audit = kit.start();
    const { peer } = got();
    for (let i = 0; i < 20; i++) expect(audit.writeInTurn(got("name/n", { peer }))).toBe(true);
    expect(names(kit)).toHaveLength(20);
  });

  it("B107: come together: they are written at its end, and till then nobody is told that they were", async () => {
    using kit = new Kit();
    const outcomes = fetchAll(await crowded(kit), 4);
    let told = false;
    for (const one of outcomes) void Promise.resolve(one).then(() => (told = true));
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(told).toBe(false);
    expect(names(kit)).toEqual([]);
    await turnIsOver();
    expect(await outcomesOf(outcomes)).toEqual([true, true, true, true]);
    expect(names(kit)).toEqual(namesUpTo(4));
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("come one by one again: the first still waits for the end of its turn, the next one does not", async () => {
    using kit = new Kit();
    const audit = await crowded(kit);
    expect(await audit.writeInTurn(got("last/of-them"))).toBe(true);
    expect(audit.writeInTurn(got("alone/again"))).toBe(true);
    expect(names(kit)).toEqual(["last/of-them", "alone/again"]);
  });

  it("64 wait for no more to come", async () => {
    using kit = new Kit();
    const outcomes = fetchAll(await crowded(kit), 64 + 3);
    expect(names(kit)).toEqual(namesUpTo(64));
    expect(await outcomesOf(outcomes)).not.toContain(false);
    expect(names(kit)).toEqual(namesUpTo(64 + 3));
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it.each<[string, (audit: Audit) => unknown]>([
    ["another line", (audit) => audit.write(got("other"))],
    ["a look whether it can write", (audit) => audit.ready()],
    ["a reopen", (audit) => audit.reopen()],
  ])("%s in between: those that wait are written before it", async (_what, action) => {
    using kit = new Kit();
    const audit = await crowded(kit);
    const outcomes = fetchAll(audit, 4);
    action(audit);
    expect(names(kit).slice(0, 4)).toEqual(namesUpTo(4));
    expect(await outcomesOf(outcomes)).toEqual([true, true, true, true]);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("a lock in between, which waits for no disk: they come behind its checkpoint and before its line", async () => {
    using kit = new Kit();
    kit.sealer = { sealAudit: (head: Buffer) => ({ key: "0f".repeat(8), mac: Buffer.from(head) }) };
    const audit = await crowded(kit);
    const outcomes = fetchAll(audit, 2);
    audit.beforeLock();
    expect(names(kit)).toEqual([]);
    kit.sealer = undefined;
    audit.locked("its time was over");
    const story = ["get", "checkpoint", "get", "get", "lock: its time was over"];
    expect(kit.story().slice(-5)).toEqual(story);
    expect(await outcomesOf(outcomes)).toEqual([true, true]);
    const [before, checkpoint] = kit.records().slice(-5);
    expect(checkpoint?.mac).toBe(before?.chain);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("B108: where they cannot be written none is, all are told, and what they were about was not fetched", async () => {
    using kit = new Kit();
    const audit = await crowded(kit);
    const outcomes = fetchAll(audit, 4);
    rmSync(kit.path);
    expect(await outcomesOf(outcomes)).toEqual([false, false, false, false]);
    expect(audit.hopeful).toBe(false);
    expect(audit.writeInTurn(got("later"))).toBe(false);
    const never = (): boolean => false;
    expect(await audit.lastFetch("name/n3", never)).toBeNull();
    audit.reopen();
    expect(kit.story()).toEqual(["audit: continues", `audit: ${TROUBLES.removed}`]);
    expect(await audit.writeInTurn(got("later"))).toBe(true);
    expect(kit.told).toHaveLength(1);
  });

  it("who waits is told also where writing throws", async () => {
    const turn = new Turn(([record]) => {
      if (record?.name === "defect") throw new Error("of a defect");
      return true;
    });
    for (let i = 0; i < 10; i++) expect(turn.add(got())).toBe(true);
    await turnIsOver();
    const outcome = turn.add(got("defect"));
    expect(() => turn.writeKept()).toThrow("of a defect");
    expect(await outcome).toBe(false);
  });

  it("every one counts as the last fetch of its secret, once it is written", async () => {
    using kit = new Kit();
    const audit = await crowded(kit);
    await outcomesOf(fetchAll(audit, 4));
    const never = (): boolean => false;
    for (const name of namesUpTo(4))
      expect(await audit.lastFetch(name, never)).toMatchObject({ uid: 1000, time: kit.clock.wall });
  });

  it("B60: a clock that was set is on record in the first of them alone", async () => {
    using kit = new Kit();
    const audit = await crowded(kit);
    const outcomes = fetchAll(audit, 4);
    kit.clock.wall -= 3_600_000;
    await outcomesOf(outcomes);
    const jumps = kit.records().map(({ clockJumpMs }) => clockJumpMs);
    expect(jumps.slice(-5)).toEqual([undefined, -3_600_000, undefined, undefined, undefined]);
  });

  it("a checkpoint comes after a thousand lines all the same", async () => {
    using kit = new Kit();
    kit.sealer = { sealAudit: () => ({ key: "0f".repeat(8), mac: Buffer.alloc(32) }) };
    const audit = await crowded(kit);
    for (let i = 0; i < 20; i++) await outcomesOf(fetchAll(audit, 65));
    const checkpoint = kit.story().indexOf("checkpoint");
    expect(checkpoint).toBeGreaterThanOrEqual(1_000);
    expect(checkpoint).toBeLessThan(1_000 + 65);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("a file is rotated before them, and none of them is lost", async () => {
    using kit = new Kit();
    const audit = await crowded(kit, { maxBytes: 20_000 });
    for (let i = 0; i < 10; i++) await outcomesOf(fetchAll(audit, 65));
    const files = kit.files();
    expect(files.length).toBeGreaterThan(5);
    const all = files.flatMap((file) => names(kit, file));
    expect(all).toEqual(Array.from({ length: 10 }, () => namesUpTo(65)).flat());
    expect(kit.firstBadLine()).toBeUndefined();
  });
});
