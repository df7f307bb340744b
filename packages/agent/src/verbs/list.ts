import { permittingRules } from "../access/permission.ts";
import type { Rule } from "../access/rule.ts";
import { RuleIndex } from "../access/rule-index.ts";
import type { Agent } from "../agent.ts";
import type { Contents } from "../vault/contents.ts";
import type { Answer, Call, Handler } from "./handler.ts";
import { page } from "./page.ts";

/** The names that this peer may fetch, by the very decision that `get` makes; or all, for an administrator. */
export const list: Handler<"list"> = (agent, call) => {
  if (call.fields.all === true) return { ...answer(agent, call, () => true), admin: true };
  const contents = (): Contents => agent.state.vault.contents;
  const wish = () => ({ peer: call.session.peer, operation: "get" as const });
  return permittingRules(agent.judges, { contents, wish }, (rules) => byRules(agent, call, rules));
};

/** What may be fetched later, when its rate allows it again, may be known now. */
function byRules(agent: Agent, call: Call<"list">, rules: readonly Rule[]): Answer<"list"> {
  const permitting = new RuleIndex(rules);
  return answer(agent, call, (name) => permitting.names(name));
}

function answer(agent: Agent, { fields }: Call<"list">, mayKnow: (name: string) => boolean): Answer<"list"> {
  const { prefix, after = "" } = fields;
  const { items, more } = page(
    sortedNames(agent.state.vault.contents),
    (name) => name > after && isBelow(name, prefix) && mayKnow(name),
    (name) => name.length,
  );
  return { fields: { names: items, more } };
}

const isBelow = (name: string, prefix: string | undefined): boolean =>
  prefix === undefined || name === prefix || name.startsWith(`${prefix}/`);

const sorted = new WeakMap<Contents["secrets"], readonly string[]>();

function sortedNames({ secrets }: Contents): readonly string[] {
  const known = sorted.get(secrets);
  if (known) return known;
  const names = [...secrets.keys()].sort();
  sorted.set(secrets, names);
  return names;
}
