import type { Client } from "@sotto/client";
import type { Identity, NamedId, RuleInfo } from "@sotto/client/protocol";
import { allPages } from "./pages.ts";
import { table } from "./table.ts";

/** All rules, or those that concern one secret. */
export const readRules = (client: Client, name?: string): Promise<RuleInfo[]> =>
  allPages(
    async (after) => {
      const { fields } = await client.request("rules", { name, after });
      return { items: fields.rules, more: fields.more };
    },
    (rule) => rule.id,
  );

/** One line a rule: id, what it names, what it permits, to whom. */
export const ruleLines = (rules: readonly RuleInfo[]): string =>
  table(rules.map((rule) => [rule.id, rule.selector, rule.may.join(","), identityText(rule)]));

/** Kinds with "and" between, repeats of one kind with "or". */
function identityText(identity: Identity): string {
  const uids = [...named("user", identity.users), ...plain("uid", identity.uids)];
  const gids = [...named("group", identity.groups), ...plain("gid", identity.gids)];
  return [uids, gids]
    .filter((kind) => kind.length > 0)
    .map((kind) => kind.join(" or "))
    .join(" and ");
}

const named = (kind: string, ids: readonly NamedId[] = []): string[] =>
  ids.map(({ name, id }) => `${kind} ${name} (${id})`);
const plain = (kind: string, ids: readonly number[] = []): string[] => ids.map((id) => `${kind} ${id}`);
