import { decide } from "../access/decide.ts";
import { ruleIndex } from "../access/rule-index.ts";
import type { Contents } from "../vault/contents.ts";
import type { Handler } from "./handler.ts";
import { page } from "./page.ts";

/** The names that this peer may fetch, by the very decision that `get` makes; or all, for an administrator. */
export const list: Handler<"list"> = (agent, { fields, session }) => {
  const { contents } = agent.state.vault;
  const rules = ruleIndex(contents.rules);
  const allowed = (name: string): boolean =>
    fields.all === true || decide(rules, session.peer, "get", name) !== undefined;
  const wanted = (name: string): boolean =>
    isBelow(name, fields.prefix) && name > (fields.after ?? "") && allowed(name);
  const { items, more } = page(sortedNames(contents), wanted, (name) => name.length);
  return { fields: { names: items, more }, ...(fields.all === true && { admin: true }) };
};

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
