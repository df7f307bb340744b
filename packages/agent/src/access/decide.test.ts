import { describe, expect, it } from "vitest";
import { CONDITIONS } from "@sotto/client/protocol";
import { decide, firstFailure, neededFacts } from "./decide.ts";
import { RuleIndex } from "./rule-index.ts";
import type { Rule } from "./rule.ts";

const rule = (parts: Partial<Rule>): Rule => ({
  id: "r1",
  selector: "db/main",
  may: ["get"],
  created: 0,
  ...parts,
});
const alice = { uid: 1000, gid: 1000, groups: [1000, 50] };
const allowed = (rules: Rule[], name = "db/main", facts = alice, operation: "get" | "set" = "get"): boolean =>
  decide(new RuleIndex(rules).concerning(name), { operation, facts, time: 0, usage: UNUSED }).kind ===
  "allowed";
const UNUSED = { isUsed: (one: Rule) => one.used !== undefined, waitFor: () => 0 };

describe("decide", () => {
  it("denies everything without rules", () => {
    expect(allowed([])).toBe(false);
    expect(allowed([], "db/main", { uid: 0, gid: 0, groups: [0] })).toBe(false);
  });

  it("B37: allows root nothing that no rule allows", () => {
    expect(allowed([rule({ uids: [1000] })], "db/main", { uid: 0, gid: 0, groups: [0] })).toBe(false);
  });

  it("matches a uid, a user, a primary and a supplementary group", () => {
    expect(allowed([rule({ uids: [1000] })])).toBe(true);
    expect(allowed([rule({ users: [{ name: "alice", id: 1000 }] })])).toBe(true);
    expect(allowed([rule({ gids: [1000] })])).toBe(true);
    expect(allowed([rule({ groups: [{ name: "staff", id: 50 }] })])).toBe(true);
    expect(allowed([rule({ uids: [1001] })])).toBe(false);
    expect(allowed([rule({ gids: [51] })])).toBe(false);
  });

  it("wants every kind of a rule, and one of each kind", () => {
    expect(allowed([rule({ uids: [1001, 1000], gids: [50] })])).toBe(true);
    expect(allowed([rule({ uids: [1000], gids: [51] })])).toBe(false);
    expect(allowed([rule({ uids: [1001], users: [{ name: "alice", id: 1000 }] })])).toBe(false);
  });

  it("takes any one of a kind, wherever it stands", () => {
    const program = new Map([["/mine", "1"]]);
    const facts = {
      ...alice,
      exe: "1",
      ancestors: ["9", "1"],
      unit: "a.service",
      sha256: "aa",
      programs: program,
    };
    const both: Partial<Rule> = {
      gids: [51, 50],
      groups: [
        { name: "staff", id: 50 },
        { name: "other", id: 51 },
      ],
      users: [
        { name: "bob", id: 1001 },
        { name: "alice", id: 1000 },
      ],
      units: ["b.service", "a.service"],
      exes: ["/mine", "/other"],
      sha256s: ["bb", "aa"],
      ancestors: ["/other", "/mine"],
    };
    for (const [kind, values] of Object.entries(both))
      expect(allowed([rule({ uids: [1000], [kind]: values })], "db/main", facts), kind).toBe(true);
  });

  it("matches nobody by a rule without an identity", () => {
    expect(allowed([rule({})])).toBe(false);
    expect(allowed([rule({ uids: [] })])).toBe(false);
  });

  it("keeps get and set apart", () => {
    expect(allowed([rule({ uids: [1000], may: ["get"] })], "db/main", alice, "set")).toBe(false);
    expect(allowed([rule({ uids: [1000], may: ["get", "set"] })], "db/main", alice, "set")).toBe(true);
  });

  it("B58: judges by the uid, whatever name it has or had", () => {
    const forAlice = [rule({ users: [{ name: "alice", id: 1000 }] })];
    expect(allowed(forAlice, "db/main", { ...alice, uid: 1000 }), "who has the id now, alice or not").toBe(
      true,
    );
    expect(allowed(forAlice, "db/main", { ...alice, uid: 1001 }), "alice, under another id").toBe(false);
  });

  it("B60: holds up to, not including, the moment at which it expires, and within its windows, of the wall clock", () => {
    const at = (time: number, parts: Partial<Rule>): string =>
      decide([rule({ uids: [1000], ...parts })], { operation: "get", facts: alice, time, usage: UNUSED })
        .kind;
    expect([99, 100, 101].map((time) => at(time, { expires: 100 }))).toEqual(["allowed", "denied", "denied"]);
    const windows = ["01:00-02:00 UTC", "03:00-04:00 UTC"];
    expect([0, 1, 2, 3, 4].map((hour) => at(hour * 3_600_000, { windows }))).toEqual([
      "denied",
      "allowed",
      "denied",
      "allowed",
      "denied",
    ]);
  });

  it("uses a rule up only where no other allows it", () => {
    const [once, rated, free] = [{ once: true }, { rate: { count: 1, perMs: 1000 } }, {}].map((parts, i) =>
      rule({ id: String(i), uids: [1000], ...parts }),
    ) as [Rule, Rule, Rule];
    const taken = (...rules: Rule[]): unknown =>
      decide(rules, { operation: "get", facts: alice, time: 0, usage: UNUSED });
    expect(taken(once, rated, free)).toMatchObject({ rule: free });
    expect(taken(once, rated)).toMatchObject({ rule: rated });
    expect(taken(rated, once)).toMatchObject({ rule: rated });
    expect(taken({ ...rated, ...once }, once), "a rate is used besides").toEqual({
      kind: "allowed",
      rule: once,
    });
    expect(taken(once)).toMatchObject({ rule: once });
    expect(taken({ ...once, once: false, used: 1 }), "not for one fetch only").toMatchObject({
      kind: "allowed",
    });
    expect(taken({ ...once, used: 1 })).toEqual({ kind: "denied" });
  });

  it("B61: tells how long to wait for the first rule that allows it again, and only those whom a rule allows it", () => {
    const rate = { count: 1, perMs: 1000 };
    const rules = [rule({ id: "7", uids: [1000], rate }), rule({ id: "5", uids: [1000], rate })];
    const usage = { isUsed: () => false, waitFor: ({ id }: Rule) => Number(id) };
    const decided = (facts: typeof alice, more: readonly Rule[] = []): unknown =>
      decide([...rules, ...more], { operation: "get", facts, time: 0, usage });
    expect(decided(alice)).toEqual({ kind: "rate-limited", retryAfterMs: 5 });
    expect(decided({ ...alice, uid: 1001 })).toEqual({ kind: "denied" });
    expect(decided(alice, [rule({ uids: [1000] })])).toMatchObject({ kind: "allowed" });
  });

  it("B57: takes prefix/** for whole segments below the prefix only", () => {
    const below = [rule({ selector: "db/**", uids: [1000] })];
    expect(allowed(below, "db/a")).toBe(true);
    expect(allowed(below, "db/a/b")).toBe(true);
    expect(allowed(below, "db")).toBe(false);
    expect(allowed(below, "dbx/a")).toBe(false);
    expect(allowed(below, "a/db/a")).toBe(false);
  });
});

describe("firstFailure", () => {
  /** For each condition what fails in this rule, and what holds. */
  const parts: Readonly<Record<(typeof CONDITIONS)[number], readonly [Partial<Rule>, Partial<Rule>]>> = {
    operation: [{ may: ["set"] }, { may: ["get"] }],
    uid: [{ uids: [1] }, { uids: [1000] }],
    user: [{ users: [{ name: "a", id: 1 }] }, { users: [{ name: "a", id: 1000 }] }],
    gid: [{ gids: [1] }, { gids: [50] }],
    group: [{ groups: [{ name: "g", id: 1 }] }, { groups: [{ name: "g", id: 50 }] }],
    sid: [{ sids: [{ sid: "S-1-5-19" }] }, { sids: [{ sid: "S-1-5-18" }] }],
    token: [{ tokens: ["other"] }, { tokens: ["mine"] }],
    once: [{ once: true, used: 1 }, { once: true }],
    expires: [{ expires: 0 }, { expires: 1 }],
    window: [{ windows: ["12:00-13:00 UTC"] }, { windows: ["00:00-13:00 UTC"] }],
    unit: [{ units: ["other.service"] }, { units: ["mine.service"] }],
    exe: [{ exes: ["/other"] }, { exes: ["/mine"] }],
    sha256: [{ sha256s: ["other"] }, { sha256s: ["mine"] }],
    ancestor: [{ ancestors: ["/other"] }, { ancestors: ["/parent"] }],
    rate: [{ rate: { count: 1, perMs: 2 } }, { rate: { count: 1, perMs: 1 } }],
  };
  const programs = new Map([
    ["/mine", "1"],
    ["/parent", "2"],
    ["/other", "3"],
  ]);
  const known = {
    unit: "mine.service",
    sid: "S-1-5-18",
    token: "mine",
    exe: "1",
    ancestors: ["9", "2"],
    sha256: "mine",
    programs,
  };
  const usage = {
    isUsed: ({ used }: Rule): boolean => used !== undefined,
    waitFor: ({ rate }: Rule): number => (rate?.perMs === 2 ? 1 : 0),
  };
  const judged = (facts: object, wanted: Partial<Rule>): unknown =>
    firstFailure(rule(wanted), { operation: "get", facts: { ...alice, ...facts }, time: 0, usage });
  const wanted = (fails: (index: number) => boolean): Partial<Rule> =>
    Object.assign(
      {},
      ...CONDITIONS.map((condition, i) => parts[condition][fails(i) ? 0 : 1]),
    ) as Partial<Rule>;

  it("knows every condition, and names the first that fails in the order of CONDITIONS", () => {
    expect(
      judged(
        known,
        wanted(() => false),
      ),
    ).toBeUndefined();
    for (const [i, condition] of CONDITIONS.entries()) {
      expect(
        judged(
          known,
          wanted((index) => index === i),
        ),
        "it alone",
      ).toBe(condition);
      expect(
        judged(
          known,
          wanted((index) => index >= i),
        ),
        "it and all that follow",
      ).toBe(condition);
    }
  });

  it("is the uid for a rule that is for nobody", () => {
    expect(judged(known, {})).toBe("uid");
  });

  it("takes what is unknown as what does not hold", () => {
    const without = (...facts: (keyof typeof known)[]): unknown =>
      judged(Object.fromEntries(Object.entries(known).filter(([fact]) => !facts.includes(fact as never))), {
        ...wanted(() => false),
      });
    expect(without("token")).toBe("token");
    expect(without("unit")).toBe("unit");
    expect(without("exe")).toBe("exe");
    expect(without("sha256")).toBe("sha256");
    expect(without("ancestors")).toBe("ancestor");
    expect(without("programs")).toBe("exe");
    expect(without("exe", "programs"), "two things that are unknown are not the same").toBe("exe");
  });

  it("asks for no more than the rules need", () => {
    expect(neededFacts([])).toEqual(new Set());
    expect(neededFacts([rule({ uids: [1], gids: [1], tokens: ["t"], windows: [], once: true })])).toEqual(
      new Set(),
    );
    expect(neededFacts([rule({ units: ["a.service"] }), rule({ exes: ["/a"] })])).toEqual(
      new Set(["unit", "exe"]),
    );
    expect(neededFacts([rule({ sha256s: ["a"], ancestors: ["/a"] })])).toEqual(
      new Set(["sha256", "ancestors"]),
    );
  });
});
