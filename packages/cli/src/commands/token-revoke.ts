import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import { checkDurable, note } from "../output/tell.ts";
import { labelOperand } from "../parse/operands.ts";

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["there is no token of that label", "agent token list shows the labels"],
};

/** `agent token revoke LABEL`: the next fetch with it is denied. */
export async function run(call: Call): Promise<void> {
  const label = labelOperand(call);
  const { fields } = await asAdministrator(
    call,
    (client) => client.request("token-revoke", { label }),
    TEXTS,
  );
  note(call, "rules that name it stay, and match nobody until there is a new token of that label");
  checkDurable(fields);
}
