import type { Client } from "@sotto/client";
import type { RuleInfo } from "@sotto/client/protocol";
import { conditionsText } from "./conditions.ts";
import { allPages } from "./pages.ts";
import { table } from "./table.ts";
import { rfc3339 } from "./time.ts";

/** All rules, or those that concern one secret. */
export const readRules = (client: Client, name?: string): Promise<RuleInfo[]> =>
  allPages(
    async (after) => {
      const { fields } = await client.request("rules", { name, after });
      return { items: fields.rules, more: fields.more };
    },
    (rule) => rule.id,
  );

/** One line a rule: id, what it names, what it permits, to whom and when; and whether that is over. */
export const ruleLines = (rules: readonly RuleInfo[]): string =>
  table(
    rules.map((rule) => [
      rule.id,
      rule.selector,
      rule.may.join(","),
      `${conditionsText(rule)}${ended(rule)}`,
    ]),
  );

/** By the clock of this machine, which is the agent's too. */
function ended({ used, expires }: RuleInfo): string {
  if (used !== undefined) return ` [used up ${rfc3339(used)}]`;
  return expires !== undefined && expires <= Date.now() ? " [expired]" : "";
}

/** A rule as `--json` shows it: as on the wire, with times in RFC 3339. */
export const ruleDocument = ({ expires, used, ...rule }: RuleInfo): object => ({
  ...rule,
  ...(expires !== undefined && { expires: rfc3339(expires) }),
  ...(used !== undefined && { used: rfc3339(used) }),
});
