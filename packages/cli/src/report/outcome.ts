/** What became of a request: given; refused by a rule, a limit or a passphrase; or not answered, whoever asked. */
export const OUTCOMES = ["given", "refused", "unanswered"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Results that say something about the agent and nothing about who asked. */
const UNANSWERED = new Set(["locked", "uninitialised", "busy", "audit-failed", "save-failed", "internal"]);

/** The outcome for a result of the audit. */
export function outcomeOf(result: string): Outcome {
  if (result === "allowed") return "given";
  return UNANSWERED.has(result) ? "unanswered" : "refused";
}
