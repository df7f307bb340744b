import type { Handler } from "./handler.ts";
import { existing, withoutSecret } from "./contents-change.ts";

/**
 * Removes a secret with all its versions, and the rules that name exactly it: whoever makes a secret of that name
 * later must not find old permissions on it.
 */
export const remove: Handler<"remove"> = async (agent, { fields }) => {
  const { durable } = await agent.state.vault.update((now) => {
    existing(now, fields.name);
    return {
      ...withoutSecret(now, fields.name),
      rules: now.rules.filter((rule) => rule.selector !== fields.name),
    };
  });
  return { fields: { durable }, admin: true };
};
