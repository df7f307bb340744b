import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { checkDurable } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

const TEXTS: Texts = {
  ...ONE_SECRET,
  conflict: [
    "a secret of the new name exists already, or the vault was changed by someone else",
    "agent list --all shows what there is",
  ],
};

/** `agent rename OLD NEW`: the rules of the secret move with it. */
export async function run(call: Call): Promise<void> {
  const name = nameOperand(call);
  const to = nameOperand(call, 1);
  const { fields } = await asAdministrator(call, (client) => client.request("rename", { name, to }), TEXTS);
  checkDurable(fields);
}
