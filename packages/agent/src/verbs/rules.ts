import { randomBytes } from "node:crypto";
import type { RuleInfo } from "@sotto/client/protocol";
import { pack } from "@sotto/client/protocol";
import { ruleIndex } from "../access/rule-index.ts";
import type { Rule } from "../access/rule.ts";
import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import { page } from "./page.ts";

/** Makes a rule. One that would match nobody, or permit nothing, is refused rather than kept. */
export const grant: Handler<"grant"> = async (agent, { fields }) => {
  const { uids, users, gids, groups, may } = fields;
  const kinds = [uids, users, gids, groups].filter((kind) => kind !== undefined);
  if (kinds.length === 0 || kinds.some((kind) => kind.length === 0) || may.length === 0)
    throw new AgentError("bad-request");
  const rule: Rule = {
    id: randomBytes(8).toString("hex"),
    created: Date.now(),
    ...fields,
    may: [...new Set(may)],
  };
  const { durable } = await agent.state.vault.update((now) => ({ ...now, rules: [...now.rules, rule] }));
  return { fields: { rule: rule.id, durable }, rule: rule.id, admin: true };
};

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
  const concerned = fields.name === undefined ? all : [...ruleIndex(all).concerning(fields.name)];
  const ordered = concerned.map(toInfo).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, more } = page(
    ordered,
    (rule) => rule.id > (fields.after ?? ""),
    (rule) => pack(rule).length,
  );
  return { fields: { rules: items, more }, admin: true };
};

function toInfo({ id, selector, may, uids, users, gids, groups }: Rule): RuleInfo {
  return { id, selector, may, uids, users, gids, groups };
}
