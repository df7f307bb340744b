import type { Operation, RuleVerdict } from "@sotto/client/protocol";
import { isNobody } from "@sotto/client/protocol";
import type { PeerHandle } from "../platform/index.ts";
import type { Contents } from "../vault/contents.ts";
import type { Decision, Situation } from "./decide.ts";
import { decide, firstFailure, neededFacts, stillPossible } from "./decide.ts";
import type { FactCollector } from "./fact-collector.ts";
import type { Facts } from "./facts.ts";
import { ruleIndex } from "./rule-index.ts";
import type { Rule } from "./rule.ts";
import type { UsageLog } from "./usage.ts";

/** What a decision is made of beside the request itself. */
export interface Judges {
  readonly facts: FactCollector;
  readonly usage: UsageLog;
}

/** Who wants to do what. */
export interface Asker {
  readonly peer: PeerHandle;
  readonly operation: Operation;
  /** The label of the token that came with it, where it is good. */
  readonly token?: string;
}

/** With which secret. */
export interface Wish extends Asker {
  readonly name: string;
}

/** What is judged, as it is at the moment: both may change while a program is hashed. */
export interface Present<A extends Asker = Wish> {
  contents(): Contents;
  wish(): A;
}

/**
 * The decision about a request, made anew each time, and acted upon in the very turn in which it falls: no answer outlives
 * the moment in which it was right. What has to be found out about the process is found out only when a rule cannot be
 * judged without it; where rules or tokens have changed meanwhile, all is judged again.
 */
export const permission = <T>(
  judges: Judges,
  present: Present,
  act: (decision: Decision) => T,
): T | Promise<Awaited<T>> =>
  judged(
    judges,
    present,
    ({ rules }, { name }) => ruleIndex(rules).concerning(name),
    (rules, situation) => act(decide(rules, situation)),
  );

/**
 * Every rule by which the same decision would not be `denied` for a secret that it names. Whatever the number of secrets,
 * each rule is judged once, and the process looked at once.
 */
export const permittingRules = <T>(
  judges: Judges,
  present: Present<Asker>,
  act: (rules: readonly Rule[]) => T,
): T | Promise<Awaited<T>> =>
  judged(
    judges,
    present,
    ({ rules }) => rules,
    (rules, situation) => act(rules.filter((rule) => decide([rule], situation).kind !== "denied")),
  );

function judged<A extends Asker, T>(
  judges: Judges,
  present: Present<A>,
  inQuestion: (contents: Contents, wish: A) => readonly Rule[],
  act: (rules: readonly Rule[], situation: Situation) => T,
): T | Promise<Awaited<T>> {
  const contents = present.contents();
  const wish = present.wish();
  const situation = situationOf(judges, wish);
  const possible = stillPossible(inQuestion(contents, wish), situation);
  if (neededFacts(possible).size === 0) return act(possible, situation);
  const facts = judges.facts.collect(wish.peer, situation.facts, possible);
  const { operation, time, usage } = situation;
  if (!(facts instanceof Promise)) return act(possible, { operation, facts, time, usage });
  return facts.then((known) =>
    present.contents() === contents
      ? act(possible, { operation, facts: known, time: Date.now(), usage })
      : judged(judges, present, inQuestion, act),
  ) as Promise<Awaited<T>>;
}

/** Whether a rule could allow it, by what is known without looking at the process. */
export function couldBePermitted(judges: Judges, rules: Contents["rules"], wish: Wish): boolean {
  return stillPossible(ruleIndex(rules).concerning(wish.name), situationOf(judges, wish)).length > 0;
}

/** A decision with all that led to it. */
export interface Explanation {
  readonly decision: Decision;
  /** What was known of the peer. */
  readonly facts: Facts;
  /** Every rule that names the secret, by id. */
  readonly verdicts: readonly RuleVerdict[];
}

/** A request that nobody made: it may be of another time, and of a peer that there is not. */
export interface SupposedWish extends Wish {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Of the peer's program, where that is said instead of looked up. */
  readonly sha256?: string | undefined;
}

/**
 * The decision that `permission` would come to, by the same function, with the reason of every rule: so everything is
 * found out that any of them asks for. Uses nothing up.
 */
export async function explanation(
  judges: Judges,
  rules: Contents["rules"],
  wish: SupposedWish,
): Promise<Explanation> {
  const concerned = ruleIndex(rules)
    .concerning(wish.name)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const situation = situationOf(judges, wish);
  const known = { ...situation.facts, ...(wish.sha256 !== undefined && { sha256: wish.sha256 }) };
  const facts = await judges.facts.collect(wish.peer, known, concerned);
  return { facts, ...explained(concerned, { ...situation, facts, time: wish.time }) };
}

/** Nobody gets as far as a decision: the connection is refused. */
function explained(rules: readonly Rule[], situation: Situation): Pick<Explanation, "decision" | "verdicts"> {
  if (isNobody(situation.facts.uid))
    return { decision: { kind: "denied" }, verdicts: rules.map(({ id }) => ({ rule: id, failed: "uid" })) };
  const verdicts = rules.map((rule) => ({ rule: rule.id, failed: firstFailure(rule, situation) ?? null }));
  return { decision: decide(rules, situation), verdicts };
}

function situationOf({ usage }: Judges, { peer, operation, token }: Asker): Situation {
  const { uid, gid, groups, sid } = peer;
  return {
    operation,
    facts: { uid, gid, groups, sid, token },
    time: Date.now(),
    usage: usage.of(uid),
  };
}
