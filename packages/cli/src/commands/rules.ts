import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { renamedIds } from "../output/renamed-ids.ts";
import { readRules, ruleDocument, ruleLines } from "../output/rules.ts";
import { answerEither, warn } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

/** `agent rules [NAME]`: who may have what. */
export async function run(call: Call): Promise<void> {
  const name = call.operands.length > 0 ? nameOperand(call) : undefined;
  const rules = await asAdministrator(call, (client) => readRules(client, name));
  answerEither(call, { rules: rules.map(ruleDocument) }, ruleLines(rules));
  for (const line of await renamedIds(rules)) warn(line);
}
