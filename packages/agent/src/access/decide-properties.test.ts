import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decision, Situation } from "./decide.ts";
import { decide, firstFailure, neededFacts, stillPossible } from "./decide.ts";
import type { Facts } from "./facts.ts";
import type { Rule } from "./rule.ts";

/*
 * B56, for rules with conditions of every kind. The domains are small, so that rules and requests often agree, and what
 * may be unknown of a peer often is.
 */

const RUNS = { numRuns: 10_000 };
const HOUR = 3_600_000;

const id = fc.integer({ min: 0, max: 1 });
const named = id.map((number) => ({ name: "n", id: number }));
const unit = fc.constantFrom("a.service", "b.service");
const token = fc.constantFrom("t", "u");
const sha256 = fc.constantFrom("0a", "0b");
const path = fc.constantFrom("/a", "/b", "/c");
const file = fc.constantFrom("1", "2");
const window = fc.constantFrom("00:00-12:00 UTC", "12:00-24:00 UTC", "Thu 06:00-18:00 UTC");
const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 2 });

const identity = {
  uids: several(id),
  users: several(named),
  gids: several(id),
  groups: several(named),
  units: several(unit),
  tokens: several(token),
};
const narrowing = {
  exes: several(path),
  sha256s: several(sha256),
  ancestors: several(path),
  windows: several(window),
  rate: fc.constant({ count: 1, perMs: 1000 }),
  once: fc.constant(true),
  expires: fc.constantFrom(0, 9 * HOUR, 20 * HOUR),
};
const rarely = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });
const anyOf = (kinds: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Partial<Rule>> =>
  fc
    .record(Object.fromEntries(Object.entries(kinds).map(([kind, one]) => [kind, rarely(one)])))
    .map((chosen) => Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)));
const oneOf = (kinds: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Partial<Rule>> =>
  fc.oneof(...Object.entries(kinds).map(([kind, one]) => one.map((value) => ({ [kind]: value }))));

/** As the vault keeps them: for somebody, and permitting something. */
const someRule: fc.Arbitrary<Rule> = fc
  .tuple(
    fc.uuid(),
    fc.subarray(["get", "set"] as const, { minLength: 1 }),
    anyOf(identity),
    oneOf(identity),
    anyOf(narrowing),
  )
  .map(([key, may, some, one, narrow]) => ({
    id: key,
    selector: "db/main",
    may,
    created: 0,
    ...some,
    ...one,
    ...narrow,
  }));
const someRules = fc.array(someRule, { maxLength: 6 });

const unknown = { requiredKeys: ["uid", "gid", "groups"] as ("uid" | "gid" | "groups")[] };
const someFacts: fc.Arbitrary<Facts> = fc.record(
  {
    uid: id,
    gid: id,
    groups: fc.array(id, { maxLength: 2 }),
    unit,
    token,
    sha256,
    exe: file,
    ancestors: fc.array(file, { maxLength: 2 }),
    programs: fc.array(fc.tuple(path, file), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  },
  unknown,
);

/** By the first digit of a rule's id: whether it is used up, and how long its rate makes the peer wait. */
const someUsage = fc.array(fc.constantFrom(0, 0, 5, 9), { minLength: 16, maxLength: 16 }).map((waits) => {
  const of = (rule: Rule): number => waits[parseInt(rule.id.slice(0, 1), 16)] ?? 0;
  return { isUsed: (rule: Rule) => of(rule) === 9, waitFor: of };
});
const someSituation: fc.Arbitrary<Situation> = fc.record({
  operation: fc.constantFrom("get", "set"),
  facts: someFacts,
  time: fc.constantFrom(0, 8 * HOUR, 13 * HOUR, 23 * HOUR),
  usage: someUsage,
});

const RANKS = { denied: 0, "rate-limited": 1, allowed: 2 };
const rank = (rules: Iterable<Rule>, situation: Situation): number => RANKS[decide(rules, situation).kind];
/** Equal but for which of several rules it was that allowed. */
const withoutRule = (decision: Decision): unknown =>
  decision.kind === "rate-limited" ? decision : { kind: decision.kind };

/** A test that gives a figure as well. */
const holds = (title: string, check: () => void): void =>
  it(title, async ({ annotate }) => {
    check();
    await annotate(`${RUNS.numRuns} random sets of rules with a random request`, "figure");
  });

describe("decide, for any rules", () => {
  holds("B56: comes to each kind of decision, so that what follows says something", () => {
    const counts = { denied: 0, "rate-limited": 0, allowed: 0 };
    const count = (rules: Rule[], situation: Situation): void => {
      counts[decide(rules, situation).kind]++;
    };
    fc.assert(fc.property(someRules, someSituation, count), RUNS);
    for (const times of Object.values(counts)) expect(times).toBeGreaterThan(200);
  });

  holds("B56: does not depend on the order of the rules", () => {
    const shuffled = someRules.chain((rules) =>
      fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length })),
    );
    fc.assert(
      fc.property(shuffled, someSituation, ([rules, others], situation) => {
        expect(withoutRule(decide(others, situation))).toEqual(withoutRule(decide(rules, situation)));
      }),
      RUNS,
    );
  });

  holds("B30: denies exactly where each rule by itself would: a list judges them one by one", () => {
    fc.assert(
      fc.property(someRules, someSituation, (rules, situation) => {
        const permits = rules.some((rule) => rank([rule], situation) > RANKS.denied);
        expect(permits).toBe(rank(rules, situation) > RANKS.denied);
      }),
      RUNS,
    );
  });

  holds("B56: never allows more with a rule removed, and nothing without any", () => {
    fc.assert(
      fc.property(someRules, someSituation, fc.nat(), (rules, situation, pick) => {
        const fewer = rules.filter((_, i) => i !== pick % rules.length);
        expect(rank(fewer, situation)).toBeLessThanOrEqual(rank(rules, situation));
        expect(decide([], situation)).toEqual({ kind: "denied" });
      }),
      RUNS,
    );
  });

  holds("B56: never allows more with a condition added, or with one alternative less", () => {
    const more = oneOf({ ...identity, ...narrowing });
    fc.assert(
      fc.property(someRules, someRule, more, someSituation, (rules, rule, condition, situation) => {
        const before = rank([...rules, rule], situation);
        expect(rank([...rules, { ...condition, ...rule }], situation)).toBeLessThanOrEqual(before);
        for (const [kind, value] of Object.entries(rule)) {
          const narrower = Array.isArray(value) ? { ...rule, [kind]: value.slice(1) } : rule;
          expect(rank([...rules, narrower], situation)).toBeLessThanOrEqual(before);
        }
      }),
      RUNS,
    );
  });

  holds("B56: never allows more when less is known of the peer", () => {
    const facts = ["unit", "token", "sha256", "exe", "ancestors", "programs"] as const;
    fc.assert(
      fc.property(someRules, someSituation, (rules, situation) => {
        const before = rank(rules, situation);
        for (const unknownFact of facts) {
          const { [unknownFact]: _, ...less } = situation.facts;
          expect(rank(rules, { ...situation, facts: less }), unknownFact).toBeLessThanOrEqual(before);
        }
        const noGroups = { ...situation.facts, groups: [] };
        expect(rank(rules, { ...situation, facts: noGroups })).toBeLessThanOrEqual(before);
      }),
      RUNS,
    );
  });

  holds("B56: decides by what is needed as by all that could be known", () => {
    fc.assert(
      fc.property(someRules, someSituation, (rules, situation) => {
        const { uid, gid, groups, token: label, ...more } = situation.facts;
        const free: Facts = { uid, gid, groups, ...(label !== undefined && { token: label }) };
        const possible = stillPossible(rules, { ...situation, facts: free });
        const needed = new Set<string>([...neededFacts(possible), "programs"]);
        const found = Object.entries(more).filter(([fact]) => needed.has(fact));
        const facts = { ...free, ...Object.fromEntries(found) };
        expect(decide(possible, { ...situation, facts })).toEqual(decide(rules, situation));
      }),
      RUNS,
    );
  });

  holds("B56: allows by a rule of which no condition fails, and else finds one that fails in each", () => {
    fc.assert(
      fc.property(someRules, someSituation, (rules, situation) => {
        const decision = decide(rules, situation);
        const failures = rules.map((rule) => firstFailure(rule, situation));
        if (decision.kind === "allowed") expect(firstFailure(decision.rule, situation)).toBeUndefined();
        else expect(failures).not.toContain(undefined);
        expect(decision.kind === "rate-limited").toBe(
          !failures.includes(undefined) && failures.includes("rate"),
        );
      }),
      RUNS,
    );
  });
});
