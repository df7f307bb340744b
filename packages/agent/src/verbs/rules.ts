import { pack } from "@sotto/client/protocol";
import { ruleIndex } from "../access/rule-index.ts";
import { toInfo } from "../access/rule.ts";
import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import { page } from "./page.ts";

export const revoke: Handler<"revoke"> = async (agent, { fields }) => {
  const { durable } = await agent.state.vault.update((now) => {
    const rules = now.rules.filter((rule) => rule.id !== fields.rule);
    if (rules.length === now.rules.length) throw new AgentError("not-found");
    return { ...now, rules };
  });
  return { fields: { durable }, rule: fields.rule, admin: true };
};

/** All rules, or those that concern one secret, ordered by id. */
export const rules: Handler<"rules"> = (agent, { fields }) => {
  const all = agent.state.vault.contents.rules;
  const concerned = fields.name === undefined ? all : ruleIndex(all).concerning(fields.name);
  const ordered = concerned.map(toInfo).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, more } = page(
    ordered,
    (rule) => rule.id > (fields.after ?? ""),
    (rule) => pack(rule).length,
  );
  return { fields: { rules: items, more }, admin: true };
};
