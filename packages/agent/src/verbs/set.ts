import { randomBytes } from "node:crypto";
import type { Attributes } from "@sotto/client/protocol";
import { attributesBytes, MAX_ATTRIBUTES, MAX_ATTRIBUTES_BYTES } from "@sotto/client/protocol";
import { couldBePermitted, permission } from "../access/permission.ts";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import { withSecret } from "./contents-change.ts";

/**
 * Whether this peer could be one that may replace the secret. Asked before the first byte of the value is kept,
 * without looking at the process; the decision falls when the value is whole. Throws `denied` or `auth-required`.
 */
export function mightSet(agent: Agent, session: Session, name: string): void {
  const { rules } = agent.state.vault.contents;
  if (!couldBePermitted(agent.judges, rules, { peer: session.peer, operation: "set", name }))
    checkProved(session);
}

interface GrantedBy {
  readonly rule?: string;
  readonly admin?: true;
}

/** By a rule, or as an administrator who proved the passphrase. Throws `denied` or `auth-required`. */
const maySet = (agent: Agent, session: Session, name: string): GrantedBy | Promise<GrantedBy> =>
  permission(
    agent.judges,
    {
      contents: () => agent.state.vault.contents,
      wish: () => ({ peer: session.peer, operation: "set", name }),
    },
    (decision) => {
      if (decision.kind === "allowed") return { rule: decision.rule.id };
      checkProved(session);
      return { admin: true };
    },
  );

function checkProved(session: Session): void {
  if (!session.administrator) throw new AgentError("denied");
  if (!session.proved) throw new AgentError("auth-required");
}

/** Stores a value as the newest version. The earlier ones are kept. */
export const set: Handler<"set"> = async (agent, { fields, session, value }) => {
  if (value === undefined) throw new AgentError("internal");
  const grantedBy = await maySet(agent, session, fields.name);
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
