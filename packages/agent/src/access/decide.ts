import type { Condition, Operation } from "@sotto/client/protocol";
import type { FactKind, FileId } from "../platform/index.ts";
import type { Facts } from "./facts.ts";
import type { Rule } from "./rule.ts";
import { isForSomebody } from "./rule.ts";
import { isWithin } from "./window.ts";

/** A request to be judged, with everything that its judgement depends on: the same situation always decides alike. */
export interface Situation {
  readonly operation: Operation;
  readonly facts: Facts;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly usage: Usage;
}

/** What has been used of rules that allow only so much. */
export interface Usage {
  /** Whether a rule for one fetch has been used up, or is being used this moment. */
  isUsed(rule: Rule): boolean;
  /** Milliseconds until the rate of the rule lets this peer in; 0 for now. */
  waitFor(rule: Rule): number;
}

/** `rate-limited`: a rule allows it, but not yet. */
export type Decision =
  | { readonly kind: "allowed"; readonly rule: Rule }
  | { readonly kind: "rate-limited"; readonly retryAfterMs: number }
  | { readonly kind: "denied" };

interface Test {
  readonly condition: Condition;
  /** Something has to be found out about the process first, see `neededFacts`. */
  readonly looksAtProcess?: true;
  /** undefined where the rule has no such condition. */
  holds(rule: Rule, situation: Situation): boolean | undefined;
}

/**
 * Every condition that a rule may have. Kinds are ANDed, repeats of one kind ORed. The order is that of `CONDITIONS`, with
 * `rate` last: that it fails means that nothing else does.
 */
const TESTS: readonly Test[] = [
  { condition: "operation", holds: (rule, { operation }) => rule.may.includes(operation) },
  { condition: "uid", holds: (rule, { facts }) => rule.uids?.includes(facts.uid) },
  { condition: "user", holds: (rule, { facts }) => rule.users?.some(({ id }) => id === facts.uid) },
  { condition: "gid", holds: (rule, { facts }) => rule.gids?.some((gid) => inGroup(facts, gid)) },
  { condition: "group", holds: (rule, { facts }) => rule.groups?.some(({ id }) => inGroup(facts, id)) },
  { condition: "sid", holds: (rule, { facts }) => rule.sids?.some(({ sid }) => sid === facts.sid) },
  { condition: "token", holds: (rule, { facts }) => rule.tokens && isOneOf(rule.tokens, facts.token) },
  { condition: "once", holds: (rule, { usage }) => (rule.once === true ? !usage.isUsed(rule) : undefined) },
  { condition: "expires", holds: ({ expires }, { time }) => expires === undefined || time < expires },
  { condition: "window", holds: (rule, { time }) => rule.windows?.some((window) => isWithin(window, time)) },
  {
    condition: "unit",
    looksAtProcess: true,
    holds: (rule, { facts }) => rule.units && isOneOf(rule.units, facts.unit),
  },
  {
    condition: "exe",
    looksAtProcess: true,
    holds: (rule, { facts }) => rule.exes?.some((path) => isAt(path, facts, facts.exe)),
  },
  {
    condition: "sha256",
    looksAtProcess: true,
    holds: (rule, { facts }) => rule.sha256s && isOneOf(rule.sha256s, facts.sha256),
  },
  {
    condition: "ancestor",
    looksAtProcess: true,
    holds: (rule, { facts }) =>
      rule.ancestors?.some((path) => facts.ancestors?.some((program) => isAt(path, facts, program)) === true),
  },
  { condition: "rate", holds: (rule, { usage }) => (rule.rate ? usage.waitFor(rule) === 0 : undefined) },
];

const FREE = TESTS.filter(({ looksAtProcess, condition }) => looksAtProcess !== true && condition !== "rate");

/**
 * The first condition of a rule that fails; undefined when the rule allows the request. No rule without an identity is
 * ever made, nor read from a vault; if one were here it would match nobody.
 */
export function firstFailure(rule: Rule, situation: Situation): Condition | undefined {
  return isForSomebody(rule) ? failureAmong(TESTS, rule, situation) : "uid";
}

const failureAmong = (tests: readonly Test[], rule: Rule, situation: Situation): Condition | undefined =>
  tests.find((test) => test.holds(rule, situation) === false)?.condition;

/** Allowed when one rule allows it: no rule, no access. Of several the one that uses nothing up is taken. */
export function decide(rules: Iterable<Rule>, situation: Situation): Decision {
  let best: Rule | undefined;
  let retryAfterMs = Infinity;
  for (const rule of rules) {
    const failed = firstFailure(rule, situation);
    if (failed === undefined && cost(rule) === 0) return { kind: "allowed", rule };
    if (failed === undefined && cost(rule) < cost(best)) best = rule;
    if (failed === "rate") retryAfterMs = Math.min(retryAfterMs, situation.usage.waitFor(rule));
  }
  if (best !== undefined) return { kind: "allowed", rule: best };
  return retryAfterMs === Infinity ? { kind: "denied" } : { kind: "rate-limited", retryAfterMs };
}

/** What a rule loses when it allows something: nothing, a part of its rate, or itself. */
function cost(rule: Rule | undefined): number {
  if (rule === undefined) return Infinity;
  return (rule.once === true ? 2 : 0) + (rule.rate ? 1 : 0);
}

/** The rules that what is known already does not exclude: only for them is it worth finding out more. */
export function stillPossible(rules: readonly Rule[], situation: Situation): Rule[] {
  return rules.filter((rule) => failureAmong(FREE, rule, situation) === undefined);
}

/** What has to be found out to judge these rules. */
export function neededFacts(rules: readonly Rule[]): ReadonlySet<FactKind> {
  const needed = new Set<FactKind>();
  for (const { units, exes, sha256s, ancestors } of rules) {
    if (units) needed.add("unit");
    if (exes) needed.add("exe");
    if (sha256s) needed.add("sha256");
    if (ancestors) needed.add("ancestors");
  }
  return needed;
}

/** By the primary group or a supplementary one, as the kernel holds them. */
export const inGroup = (facts: Pick<Facts, "gid" | "groups">, gid: number): boolean =>
  facts.gid === gid || facts.groups.includes(gid);

const isOneOf = (wanted: readonly string[], found: string | undefined): boolean =>
  found !== undefined && wanted.includes(found);

/** Whether a program is what the path in a rule means now. A path that means nothing trustworthy matches nothing. */
function isAt(path: string, { programs }: Facts, program: FileId | undefined): boolean {
  const meant = programs?.get(path);
  return meant !== undefined && meant === program;
}
