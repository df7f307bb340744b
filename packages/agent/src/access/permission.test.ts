import { describe, expect, it } from "vitest";
import type { PeerHandle } from "../platform/index.ts";
import type { Facts } from "./facts.ts";
import type { Contents } from "../vault/contents.ts";
import type { Decision } from "./decide.ts";
import type { Judges, Wish } from "./permission.ts";
import { couldBePermitted, explanation, permission, permittingRules } from "./permission.ts";
import type { Rule } from "./rule.ts";
import { toInfo } from "./rule.ts";
import { UsageLog } from "./usage.ts";

const rule = (id: string, parts: Partial<Rule>): Rule => ({
  id,
  selector: "a/b",
  may: ["get"],
  created: 7,
  ...parts,
});
const UNIT = rule("1", { uids: [5], units: ["a.service"] });
const wish = (uid = 5, parts: object = {}) => ({
  peer: { uid, gid: 1, groups: [] } as unknown as PeerHandle,
  operation: "get" as const,
  name: "a/b",
  ...parts,
});

/** Judges who find out that the peer is in `a.service`, at once or later. */
function judges(later = false): { judges: Judges; looked: () => number } {
  let looked = 0;
  const collect = (_peer: unknown, known: Facts): Facts | Promise<Facts> => {
    looked++;
    const facts = { ...known, unit: "a.service" };
    return later ? Promise.resolve(facts) : facts;
  };
  return {
    judges: { facts: { collect } as unknown as Judges["facts"], usage: new UsageLog(() => 0) },
    looked: () => looked,
  };
}

const contentsOf = (rules: readonly Rule[]): Contents => ({ rules }) as unknown as Contents;

function decided(some: Judges, rules: readonly Rule[], wanted: Wish): unknown {
  const contents = contentsOf(rules);
  return permission(some, { contents: () => contents, wish: () => wanted }, (decision) => decision);
}

describe("permission", () => {
  it("looks at the process only where a rule that is still possible asks for it", () => {
    const some = judges();
    const free = rule("2", { uids: [5] });
    expect(decided(some.judges, [free], wish())).toEqual({ kind: "allowed", rule: free });
    expect(decided(some.judges, [UNIT], wish(6))).toEqual({ kind: "denied" });
    expect(some.looked()).toBe(0);
    expect(decided(some.judges, [UNIT], wish())).toEqual({ kind: "allowed", rule: UNIT });
    expect(some.looked()).toBe(1);
  });

  it("is a promise only where finding out takes its time", async () => {
    const decision = decided(judges(true).judges, [UNIT], wish());
    expect(decision).toBeInstanceOf(Promise);
    expect(await decision).toEqual({ kind: "allowed", rule: UNIT });
  });

  it("is judged again where the rules have changed while it took its time, and acted on in that turn", async () => {
    const now = { contents: contentsOf([UNIT]) };
    const decisions: Decision[] = [];
    const act = (decision: Decision): string => {
      decisions.push(decision);
      return "acted";
    };
    const result = permission(judges(true).judges, { contents: () => now.contents, wish }, act);
    now.contents = contentsOf([]);
    expect(await result).toBe("acted");
    expect(decisions).toEqual([{ kind: "denied" }]);
  });

  it("takes the token that came along, where it is good", () => {
    const tokened = rule("2", { tokens: ["t"] });
    expect(decided(judges().judges, [tokened], wish(5, { token: "t" }))).toMatchObject({
      kind: "allowed",
    });
    expect(decided(judges().judges, [tokened], wish())).toEqual({ kind: "denied" });
  });
});

describe("permittingRules", () => {
  const rules = [
    UNIT,
    rule("2", { uids: [5], selector: "c/**" }),
    rule("3", { uids: [6], selector: "d" }),
    rule("4", { uids: [5], units: ["b.service"] }),
    rule("5", { uids: [5], may: ["set"] }),
    rule("6", { uids: [5], units: ["a.service"], selector: "e" }),
  ];
  const ids = (some: readonly Rule[]): string[] => some.map(({ id }) => id);

  it("are those by which the decision would not be `denied`, whatever they name, for one look at the process", () => {
    const some = judges();
    const contents = contentsOf(rules);
    expect(permittingRules(some.judges, { contents: () => contents, wish }, ids)).toEqual(["1", "2", "6"]);
    expect(some.looked()).toBe(1);
  });

  it("are judged again where the rules have changed while a look took its time", async () => {
    const now = { contents: contentsOf(rules) };
    const result = permittingRules(judges(true).judges, { contents: () => now.contents, wish }, ids);
    now.contents = contentsOf(rules.slice(1));
    expect(await result).toEqual(["2", "6"]);
  });
});

describe("couldBePermitted", () => {
  it("is true where what is known already excludes not every rule", () => {
    const some = judges();
    expect(couldBePermitted(some.judges, [UNIT], wish())).toBe(true);
    expect(couldBePermitted(some.judges, [UNIT], wish(6))).toBe(false);
    expect(couldBePermitted(some.judges, [UNIT], wish(5, { operation: "set" }))).toBe(false);
    expect(couldBePermitted(some.judges, [UNIT], wish(5, { name: "a/c" }))).toBe(false);
    expect(couldBePermitted(some.judges, [], wish())).toBe(false);
    expect(some.looked()).toBe(0);
  });
});

describe("explanation", () => {
  const others = [rule("3", { uids: [6] }), rule("2", { uids: [5], sha256s: ["aa"] }), UNIT];
  const suppose = (uid: number, parts: object = {}) =>
    explanation(judges(true).judges, others, { ...wish(uid, parts), time: 0 });

  it("has the verdict of every rule that names the secret, by id", async () => {
    expect(await suppose(5)).toEqual({
      decision: { kind: "allowed", rule: UNIT },
      facts: { uid: 5, gid: 1, groups: [], unit: "a.service" },
      verdicts: [
        { rule: "1", failed: null },
        { rule: "2", failed: "sha256" },
        { rule: "3", failed: "uid" },
      ],
    });
  });

  it("takes the hash of a program as it is said", async () => {
    const { facts, verdicts } = await suppose(5, { sha256: "aa" });
    expect(facts.sha256).toBe("aa");
    expect(verdicts[1]).toEqual({ rule: "2", failed: null });
    expect((await suppose(5, { sha256: undefined })).facts).not.toHaveProperty("sha256");
  });

  it("is a refusal for who is refused when it connects", async () => {
    const forNobody = rule("1", { uids: [65_534] });
    const explained = await explanation(judges().judges, [forNobody], { ...wish(65_534), time: 0 });
    expect(explained.decision).toEqual({ kind: "denied" });
    expect(explained.verdicts).toEqual([{ rule: "1", failed: "uid" }]);
  });
});

describe("a rule as administrators see it", () => {
  it("is all of it but when it was made", () => {
    expect(toInfo(UNIT)).toStrictEqual({
      id: "1",
      selector: "a/b",
      may: ["get"],
      uids: [5],
      units: ["a.service"],
    });
  });
});
