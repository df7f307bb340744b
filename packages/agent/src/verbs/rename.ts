import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import { existing, withoutSecret, withSecret } from "./contents-change.ts";

/** Gives a secret another name. Rules that name exactly it move along; those of a prefix stay where they are. */
export const rename: Handler<"rename"> = async (agent, { fields }) => {
  const { durable } = await agent.state.vault.update((now) => {
    const secret = existing(now, fields.name);
    if (now.secrets.has(fields.to)) throw new AgentError("conflict");
    const moved = withSecret(withoutSecret(now, fields.name), { ...secret, name: fields.to });
    const rules = now.rules.map((rule) =>
      rule.selector === fields.name ? { ...rule, selector: fields.to } : rule,
    );
    return { ...moved, rules };
  });
  return { fields: { durable }, admin: true, note: `to ${fields.to}` };
};
