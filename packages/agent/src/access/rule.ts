import type { RequestOf, RuleInfo } from "@sotto/client/protocol";

/** A rule as the vault keeps it: permission, never refusal. */
export interface Rule extends RuleInfo {
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** At least one kind of identity, and no kind of anything without a member: a rule that is not so would match nobody. */
export function isForSomebody(rule: RequestOf<"grant">): boolean {
  const { uids, users, gids, groups, sids, units, tokens } = rule;
  if ((uids ?? users ?? gids ?? groups ?? sids ?? units ?? tokens) === undefined) return false;
  return Object.values(rule).every((kind) => !Array.isArray(kind) || kind.length > 0);
}

/** The rule as administrators see it. */
export function toInfo(rule: Rule): RuleInfo {
  const { created, ...info } = rule;
  return info;
}
