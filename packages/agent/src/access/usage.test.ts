import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { decide } from "./decide.ts";
import type { Rule } from "./rule.ts";
import { Throttle } from "./throttle.ts";
import { UsageLog } from "./usage.ts";

const MINUTE = 60_000;
const rule = (parts: Partial<Rule>): Rule => ({
  id: "r",
  selector: "db/main",
  may: ["get"],
  created: 0,
  gids: [7],
  ...parts,
});
const FIVE = rule({ rate: { count: 5, perMs: MINUTE } });

/** A log on a clock that moves only when told to, and fetches by its rules. */
function logged() {
  const clock = { now: 1e12 + 0.25 };
  const log = new UsageLog(() => clock.now);
  const fetch = (one: Rule, uid = 1, time = 0): string => {
    const facts = { uid, gid: 7, groups: [] };
    const decision = decide([one], { operation: "get", facts, time, usage: log.of(uid) });
    if (decision.kind === "allowed") log.use(one, uid);
    return decision.kind;
  };
  return { clock, log, fetch };
}

describe("UsageLog", () => {
  it("B61: lets five in within a minute, and the sixth when the first is a minute ago", () => {
    const { clock, log, fetch } = logged();
    for (let i = 0; i < 5; i++) {
      expect(fetch(FIVE)).toBe("allowed");
      clock.now += 1000;
    }
    expect(fetch(FIVE)).toBe("rate-limited");
    const wait = log.of(1).waitFor(FIVE);
    expect(wait).toBe(55_000);
    clock.now += wait - 1;
    expect(fetch(FIVE)).toBe("rate-limited");
    expect(log.of(1).waitFor(FIVE)).toBe(1);
    clock.now += 1;
    expect(fetch(FIVE)).toBe("allowed");
    expect(fetch(FIVE)).toBe("rate-limited");
  });

  it("B61: counts each uid and each rule for itself", () => {
    const { fetch } = logged();
    for (let i = 0; i < 6; i++) fetch(FIVE, 1);
    expect(fetch(FIVE, 1)).toBe("rate-limited");
    expect(fetch(FIVE, 11)).toBe("allowed");
    expect(fetch({ ...FIVE, id: "1:r" }, 1)).toBe("allowed");
  });

  it("B61: what was refused neither refills nor uses anything", () => {
    const { clock, fetch } = logged();
    for (let i = 0; i < 5; i++) fetch(FIVE);
    for (let i = 0; i < 59; i++, clock.now += 1000) expect(fetch(FIVE)).toBe("rate-limited");
    clock.now += 1000;
    for (let i = 0; i < 5; i++) expect(fetch(FIVE)).toBe("allowed");
    const byAnother = { ...FIVE, gids: [8] };
    expect(fetch(byAnother)).toBe("denied");
  });

  it("B61: never lets more in within any such time, whenever they come", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 6 }), (waits, count) => {
        const { clock, fetch } = logged();
        const limited = rule({ rate: { count, perMs: MINUTE } });
        const admitted: number[] = [];
        for (const wait of waits) {
          clock.now += wait;
          const recent = admitted.filter((moment) => moment > clock.now - MINUTE).length;
          expect(fetch(limited)).toBe(recent < count ? "allowed" : "rate-limited");
          if (recent < count) admitted.push(clock.now);
        }
      }),
    );
  });

  it("B60: a rate does not care about the wall clock; a window and an end do", () => {
    const { clock, fetch } = logged();
    const noon = Date.parse("2026-11-24T12:00Z");
    const HOUR = 60 * MINUTE;
    for (let i = 0; i < 5; i++) expect(fetch(FIVE, 1, noon)).toBe("allowed");
    expect(fetch(FIVE, 1, noon - HOUR), "set back").toBe("rate-limited");
    expect(fetch(FIVE, 1, noon + 24 * HOUR), "set forward").toBe("rate-limited");
    clock.now += MINUTE;
    expect(fetch(FIVE, 1, noon - HOUR), "a minute has really passed").toBe("allowed");
    const narrow = { windows: ["12:00-13:00 UTC"], expires: noon + HOUR };
    expect(fetch(rule(narrow), 1, noon)).toBe("allowed");
    expect(fetch(rule(narrow), 1, noon - 1)).toBe("denied");
    expect(fetch(rule({ expires: noon }), 1, noon)).toBe("denied");
    expect(fetch(rule({ expires: noon }), 1, noon - HOUR)).toBe("allowed");
  });

  it("B60: neither a rate nor the throttle of passphrases asks the wall clock", async () => {
    const wallClock = vi.spyOn(Date, "now").mockImplementation(() => {
      throw new Error("asked");
    });
    try {
      const { clock, fetch } = logged();
      for (let i = 0; i < 5; i++) fetch(FIVE);
      expect(fetch(FIVE)).toBe("rate-limited");
      const waits: number[] = [];
      const throttle = new Throttle(
        () => clock.now,
        (ms) => Promise.resolve(waits.push(ms)),
      );
      throttle.failed(1);
      await throttle.admit(1);
      expect(waits).toEqual([100]);
    } finally {
      wallClock.mockRestore();
    }
  });

  it("B62: a rule for one fetch is taken while it is being used, by any uid, and free again when that failed", () => {
    const { log, fetch } = logged();
    const once = rule({ once: true });
    expect(fetch(once, 1)).toBe("allowed");
    expect(fetch(once, 1)).toBe("denied");
    expect(fetch(once, 2)).toBe("denied");
    expect(fetch({ ...once, id: "another" }, 2)).toBe("allowed");
    log.settle(once);
    expect(fetch({ ...once, used: 1 }, 1), "it was saved").toBe("denied");
    expect(fetch(once, 1), "it could not be saved").toBe("allowed");
  });

  it("remembers nothing for longer than it counts, however many rules and uids there are", () => {
    const { clock, log, fetch } = logged();
    const year = rule({ id: "year", rate: { count: 2, perMs: 366 * 24 * 60 * MINUTE } });
    fetch(year, 0);
    for (let uid = 0; uid < 20_000; uid++, clock.now += 1000) fetch(FIVE, uid);
    expect(log.size).toBeLessThan(600);
    expect([fetch(year, 0), fetch(year, 0)]).toEqual(["allowed", "rate-limited"]);
  });

  it("keeps what still counts", () => {
    const { clock, log, fetch } = logged();
    const two = rule({ id: "two", rate: { count: 2, perMs: MINUTE } });
    fetch(two);
    clock.now += 50_000;
    fetch(two);
    clock.now += 20_000;
    for (let uid = 0; uid < 2_000; uid++) for (let i = 0; i < 5; i++) fetch(FIVE, uid);
    expect(log.size).toBe(2_001);
    for (let uid = 0; uid < 2_000; uid++) expect(fetch(FIVE, uid)).toBe("rate-limited");
    expect([fetch(two), fetch(two)], "the first no longer counts, the second does").toEqual([
      "allowed",
      "rate-limited",
    ]);
  });
});
