import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { checkUnlockedAdministrator, withAgent } from "../connection.ts";
import { usage } from "../failure/failure.ts";
import { checkKeepsKeys, KEPT_TEXTS } from "../failure/kept.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";
import { currentPassphrase } from "../input/passphrase.ts";
import { answerEither } from "../output/tell.ts";

export interface SlotTestOptions {
  readonly recovery?: boolean;
  readonly dpapi?: boolean;
}

/** `agent slot test`: says which slot a passphrase, recovery code or kept key opens; proves and changes nothing. */
export async function run(call: Call<SlotTestOptions>): Promise<void> {
  if (call.options.dpapi === true) await testKept(call);
  else await testTyped(call);
}

function testKept(call: Call<SlotTestOptions>): Promise<void> {
  checkKeepsKeys();
  if (call.options.recovery === true || call.options.passphraseFd !== undefined)
    throw usage("--dpapi takes no passphrase and no recovery code");
  return rephrase(KEPT_TEXTS, async () => {
    await checkUnlockedAdministrator(call);
    const { fields } = await withAgent(call, (client) => client.request("slot-test", { kept: true }));
    answerEither(call, { slot: fields.slot }, fields.slot);
  });
}

function testTyped(call: Call<SlotTestOptions>): Promise<void> {
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
