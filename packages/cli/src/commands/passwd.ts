import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { checkUnlockedAdministrator, withAgent } from "../connection.ts";
import { usage } from "../failure/failure.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";
import type { NewPassphraseOptions } from "../input/passphrase.ts";
import { currentPassphrase, newPassphrase } from "../input/passphrase.ts";
import { checkDurable } from "../output/tell.ts";

/** `agent passwd`: changes the passphrase of the slot that the current one opens. */
export async function run(call: Call<NewPassphraseOptions>): Promise<void> {
  const { passphraseFd, newPassphraseFd } = call.options;
  if (passphraseFd !== undefined && passphraseFd === newPassphraseFd)
    throw usage("both passphrases cannot come from the same descriptor");
  await rephrase(ADMINISTRATORS_ONLY, async () => {
    await checkUnlockedAdministrator(call);
    const current = await currentPassphrase(call, "Current passphrase");
    try {
      await change(call, current);
    } finally {
      wipe(current);
    }
  });
}

async function change(call: Call<NewPassphraseOptions>, current: Buffer): Promise<void> {
  const { newPassphraseFd: fd, weakPassphrase = false } = call.options;
  // Nobody should type a new passphrase twice to learn that the current one was wrong.
  if (fd === undefined) await withAgent(call, (client) => client.request("auth", {}, { payload: current }));
  const chosen = await newPassphrase(fd, "--new-passphrase-fd", weakPassphrase);
  try {
    const { fields } = await withAgent(call, async (client) => {
      await client.request("auth", {}, { payload: current });
      return client.request("passwd", {}, { payload: chosen });
    });
    checkDurable(fields);
  } finally {
    wipe(chosen);
  }
}
