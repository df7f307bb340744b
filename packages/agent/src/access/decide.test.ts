import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { decide } from "./decide.ts";
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
  decide(new RuleIndex(rules), facts, operation, name) !== undefined;

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

  it("matches nobody by a rule without an identity", () => {
    expect(allowed([rule({})])).toBe(false);
    expect(allowed([rule({ uids: [] })])).toBe(false);
  });

  it("keeps get and set apart", () => {
    expect(allowed([rule({ uids: [1000], may: ["get"] })], "db/main", alice, "set")).toBe(false);
    expect(allowed([rule({ uids: [1000], may: ["get", "set"] })], "db/main", alice, "set")).toBe(true);
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

const someRule = fc.record({
  id: fc.uuid(),
  selector: fc.constantFrom("a", "a/**", "a/b", "a/b/**", "c"),
  may: fc.subarray(["get", "set"] as const, { minLength: 1 }),
  created: fc.constant(0),
  uids: fc.option(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }), {
    nil: undefined,
  }),
  gids: fc.option(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }), {
    nil: undefined,
  }),
});
const someRequest = fc.record({
  uid: fc.integer({ min: 0, max: 3 }),
  gid: fc.integer({ min: 0, max: 3 }),
  groups: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  name: fc.constantFrom("a", "a/b", "a/b/c", "c", "d"),
});

describe("decide, for any rules", () => {
  it("B56: does not depend on the order, and never allows more with fewer rules", () => {
    fc.assert(
      fc.property(
        fc.array(someRule, { maxLength: 8 }),
        someRequest,
        fc.nat(),
        (rules, { name, ...facts }, pick) => {
          const before = allowed(rules, name, facts);
          expect(allowed([...rules].reverse(), name, facts)).toBe(before);
          const fewer = rules.filter((_, i) => i !== pick % Math.max(rules.length, 1));
          if (allowed(fewer, name, facts)) expect(before).toBe(true);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it("B56: never allows more with a condition added", () => {
    fc.assert(
      fc.property(someRule, someRequest, fc.integer({ min: 0, max: 3 }), (one, { name, ...facts }, gid) => {
        const narrower = { ...one, groups: [{ name: "g", id: gid }] };
        if ((one.uids ?? one.gids) && allowed([narrower], name, facts))
          expect(allowed([one], name, facts)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});
