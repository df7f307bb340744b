import type { RequestOf, Verb } from "./protocol/verbs.ts";

/** Connecting and quick verbs: an agent that hangs is reported within 3 seconds, the start of a process included. */
export const QUICK_MS = 2_500;
/** Verbs that run a key derivation or save the vault, on a slow machine and behind others. */
export const SLOW_MS = 60_000;

const DEADLINES: { readonly [V in Exclude<Verb, "wait">]: number } = {
  status: QUICK_MS,
  init: SLOW_MS,
  unlock: SLOW_MS,
  auth: SLOW_MS,
  lock: QUICK_MS,
  stop: QUICK_MS,
  get: QUICK_MS,
  list: QUICK_MS,
  show: QUICK_MS,
  set: SLOW_MS,
  rename: SLOW_MS,
  remove: SLOW_MS,
  restore: SLOW_MS,
  prune: SLOW_MS,
  grant: SLOW_MS,
  rules: QUICK_MS,
  revoke: SLOW_MS,
  passwd: SLOW_MS,
  slots: QUICK_MS,
  "slot-add": SLOW_MS,
  "slot-remove": SLOW_MS,
  "slot-test": SLOW_MS,
  "token-new": SLOW_MS,
  tokens: QUICK_MS,
  "token-revoke": SLOW_MS,
  explain: QUICK_MS,
  "audit-check": QUICK_MS,
};

/** How long a request may take by default, in milliseconds. */
export function deadlineOf<V extends Verb>(verb: V, fields: RequestOf<V>): number {
  const plain: Verb = verb;
  return plain === "wait" ? (fields as RequestOf<"wait">).timeoutMs + QUICK_MS : DEADLINES[plain];
}
