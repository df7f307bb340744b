import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import { checkDurable } from "../output/tell.ts";
import { idOperand } from "../parse/operands.ts";

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["no such slot", "agent slot list shows the ids"],
  conflict: [
    "the last passphrase or recovery code that opens the vault cannot be removed",
    "add another one first: agent slot add",
  ],
};

/** `agent slot remove ID`: what opened this slot opens nothing any more, nor any later state of the vault. */
export async function run(call: Call): Promise<void> {
  const slot = idOperand(call, "slot", "agent slot list");
  const { fields } = await asAdministrator(call, (client) => client.request("slot-remove", { slot }), TEXTS);
  checkDurable(fields);
}
