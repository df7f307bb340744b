import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import { checkDurable } from "../output/tell.ts";
import { idOperand } from "../parse/operands.ts";

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["no such rule", "agent rules shows the ids"],
};

/** `agent revoke RULE`: the next fetch is decided without it. */
export async function run(call: Call): Promise<void> {
  const rule = idOperand(call, "rule", "agent rules");
  const { fields } = await asAdministrator(call, (client) => client.request("revoke", { rule }), TEXTS);
  checkDurable(fields);
}
