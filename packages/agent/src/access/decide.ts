import type { Operation } from "@sotto/client/protocol";
import type { Peer } from "../platform/index.ts";
import type { RuleIndex } from "./rule-index.ts";
import type { Rule } from "./rule.ts";

/** What is known of a peer when its request is judged. */
export type Facts = Pick<Peer, "uid" | "gid" | "groups">;

/** The rule that allows a request, or undefined: no rule, no access. */
export function decide(rules: RuleIndex, facts: Facts, operation: Operation, name: string): Rule | undefined {
  for (const rule of rules.concerning(name)) {
    if (rule.may.includes(operation) && matches(rule, facts)) return rule;
  }
  return undefined;
}

/** Kinds are ANDed, repeats of one kind ORed. A rule without any kind matches nobody. */
function matches(rule: Rule, facts: Facts): boolean {
  const kinds = [
    rule.uids?.includes(facts.uid),
    rule.users?.some((user) => user.id === facts.uid),
    rule.gids?.some((gid) => inGroup(facts, gid)),
    rule.groups?.some((group) => inGroup(facts, group.id)),
  ].filter((kind) => kind !== undefined);
  return kinds.length > 0 && kinds.every(Boolean);
}

/** By the primary group or a supplementary one, as the kernel holds them. */
export const inGroup = (facts: Facts, gid: number): boolean =>
  facts.gid === gid || facts.groups.includes(gid);
