import type { Request, State, Verb } from "@sotto/client/protocol";
import type { Session } from "./access/session.ts";
import { AgentError } from "./errors.ts";

/**
 * Who may ask: everyone; administrators; administrators who proved the passphrase; or `rule`: whoever a rule allows,
 * which the handler decides.
 */
type Access = "everyone" | "administrator" | "proved" | "rule";

interface Entry {
  readonly states: readonly State[];
  readonly access: Access;
}

const ANY: readonly State[] = ["uninitialised", "locked", "unlocked"];
const WITH_VAULT: readonly State[] = ["locked", "unlocked"];
const UNLOCKED: readonly State[] = ["unlocked"];
const change: Entry = { states: UNLOCKED, access: "proved" };

/** The one gate before every handler: no handler asks for the state again. */
const GATE: { readonly [V in Verb]: Entry } = {
  status: { states: ANY, access: "everyone" },
  wait: { states: ANY, access: "everyone" },
  init: { states: ["uninitialised"], access: "administrator" },
  unlock: { states: WITH_VAULT, access: "administrator" },
  auth: { states: UNLOCKED, access: "administrator" },
  lock: { states: ANY, access: "administrator" },
  stop: { states: ANY, access: "administrator" },
  "slot-test": { states: UNLOCKED, access: "administrator" },
  get: { states: UNLOCKED, access: "rule" },
  set: { states: UNLOCKED, access: "rule" },
  list: { states: UNLOCKED, access: "rule" },
  show: change,
  rename: change,
  remove: change,
  restore: change,
  prune: change,
  grant: change,
  rules: change,
  revoke: change,
  passwd: change,
  slots: change,
  "slot-add": change,
  "slot-remove": change,
  "token-new": change,
  tokens: change,
  "token-revoke": change,
  explain: change,
  "audit-check": change,
};

/**
 * Throws the code that a request is refused with before anything else is looked at: `denied` for who may never ask,
 * then the state, then `auth-required`. A peer without rights thus learns the state at most, which `status` tells anyway.
 */
export function admit(request: Request, session: Session, state: State): void {
  const entry = GATE[request.verb];
  const access = accessOf(request, entry);
  if ((access === "administrator" || access === "proved") && !session.administrator)
    throw new AgentError("denied");
  if (!entry.states.includes(state)) throw new AgentError(refusalFor(request.verb, state));
  if (access === "proved" && !session.proved) throw new AgentError("auth-required");
}

/** `get` and `list` as an administrator go without a rule, and so need the proof. */
function accessOf(request: Request, entry: Entry): Access {
  if (request.verb === "get" && request.fields.admin === true) return "proved";
  if (request.verb === "list" && request.fields.all === true) return "proved";
  return entry.access;
}

/** The only verb that is refused because there is a vault is `init`: one is never overwritten. */
function refusalFor(verb: Verb, state: State): "uninitialised" | "locked" | "conflict" {
  return verb === "init" || state === "unlocked" ? "conflict" : state;
}
