import { decide } from "../access/decide.ts";
import { ruleIndex } from "../access/rule-index.ts";
import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";

/** The value of a secret, for whom a rule allows it, or for an administrator who says so. */
export const get: Handler<"get"> = (agent, { fields, session }) => {
  const { vault } = agent.state;
  const { secrets, rules } = vault.contents;
  const admin = fields.admin === true; // proved: the gate has seen to it
  const rule = admin ? undefined : decide(ruleIndex(rules), session.peer, "get", fields.name);
  if (!admin && rule === undefined) throw new AgentError("denied");
  const secret = secrets.get(fields.name);
  const version = secret?.versions.at(-1);
  if (secret === undefined || version === undefined) throw new AgentError(admin ? "not-found" : "denied");
  return {
    fields: { attributes: secret.attributes, version: version.number },
    payload: vault.readValue(secret, version),
    ...(rule && { rule: rule.id }),
    ...(admin && { admin }),
  };
};
