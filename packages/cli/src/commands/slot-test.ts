import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { checkUnlockedAdministrator, withAgent } from "../connection.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";
import { currentPassphrase } from "../input/passphrase.ts";
import { answerEither } from "../output/tell.ts";

export interface SlotTestOptions {
  readonly recovery?: boolean;
}

/** `agent slot test`: says which slot a passphrase or recovery code opens; proves and changes nothing. */
export function run(call: Call<SlotTestOptions>): Promise<void> {
  return rephrase(ADMINISTRATORS_ONLY, async () => {
    await checkUnlockedAdministrator(call);
    const { recovery } = call.options;
    const payload = await currentPassphrase(call, recovery === true ? "Recovery code" : "Passphrase");
    try {
      const { fields } = await withAgent(call, (client) =>
        client.request("slot-test", { recovery }, { payload }),
      );
      answerEither(call, { slot: fields.slot }, fields.slot);
    } finally {
      wipe(payload);
    }
  });
}
