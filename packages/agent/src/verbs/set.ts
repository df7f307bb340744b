import { randomBytes } from "node:crypto";
import type { Attributes } from "@sotto/client/protocol";
import { attributesBytes, MAX_ATTRIBUTES, MAX_ATTRIBUTES_BYTES } from "@sotto/client/protocol";
import { decide } from "../access/decide.ts";
import { ruleIndex } from "../access/rule-index.ts";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";

import type { Handler } from "./handler.ts";
import { withSecret } from "./contents-change.ts";

/**
 * Whether this peer may replace the secret: by a rule, or as an administrator who proved the passphrase.
 * Asked before the first byte of the value is kept, and again when it is whole: the rule may be gone by then. Returns the rule; throws `denied` or `auth-required`.
 */
export function maySet(agent: Agent, session: Session, name: string): { rule?: string; admin?: true } {
  const rule = decide(ruleIndex(agent.state.vault.contents.rules), session.peer, "set", name);
  if (rule !== undefined) return { rule: rule.id };
  if (!session.administrator) throw new AgentError("denied");
  if (!session.proved) throw new AgentError("auth-required");
  return { admin: true };
}

/** Stores a value as the newest version. The earlier ones are kept. */
export const set: Handler<"set"> = async (agent, { fields, session, value }) => {
  if (value === undefined) throw new AgentError("internal");
  const grantedBy = maySet(agent, session, fields.name);
  const { vault } = agent.state;
  let version = 0;
  const { durable } = await vault.update((now) => {
    const known = now.secrets.get(fields.name);
    const newest = known?.versions.at(-1)?.number ?? 0;
    if (fields.ifVersion !== undefined && fields.ifVersion !== newest) throw new AgentError("conflict");
    version = newest + 1;
    const id = known?.id ?? randomBytes(16);
    const added = vault.adopt(value, id, version, Date.now());
    return withSecret(now, {
      id,
      name: fields.name,
      attributes: merged(known?.attributes ?? {}, fields.attributes ?? {}),
      versions: [...(known?.versions ?? []), added],
    });
  });
  return { fields: { version, durable }, ...grantedBy };
};

/** An attribute that is given anew replaces the old one; an empty one removes it. */
function merged(old: Attributes, given: Attributes): Attributes {
  const kept = Object.entries({ ...old, ...given }).filter(([, value]) => value !== "");
  if (kept.length > MAX_ATTRIBUTES || attributesBytes(kept) > MAX_ATTRIBUTES_BYTES)
    throw new AgentError("bad-request");
  return Object.fromEntries(kept);
}
