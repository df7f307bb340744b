/** The targets by name. Each is made with the real code, or with some of it broken, and throws a `Finding`. */
import { headerTarget } from "./target-header.mjs";
import { payloadTarget } from "./target-payload.mjs";
import { ruleTarget } from "./target-rule.mjs";
import { vaultTarget } from "./target-vault.mjs";

export const TARGETS = { header: headerTarget, vault: vaultTarget, payload: payloadTarget, rule: ruleTarget };
/** Those that answer later: the fuzzer has to know. */
export const ASYNCHRONOUS = ["payload"];
export const NAMES = Object.keys(TARGETS);
