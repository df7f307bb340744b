import type { RuleInfo } from "@sotto/client/protocol";

/** A rule as the vault keeps it: permission, never refusal. */
export interface Rule extends RuleInfo {
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** The rule as administrators see it. */
export function toInfo(rule: Rule): RuleInfo {
  const { created, ...info } = rule;
  return info;
}
