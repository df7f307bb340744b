import type { Client } from "@sotto/client";
import { SottoError, wipe } from "@sotto/client";
import type { Call } from "./call.ts";
import { askStatus, withAgent } from "./connection.ts";
import type { Texts } from "./failure/rephrase.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "./failure/rephrase.ts";
import { currentPassphrase } from "./input/passphrase.ts";

/**
 * Runs the requests of an administrator. The passphrase is asked for when the agent wants it and no ticket will do;
 * with `--passphrase-fd` it is given in any case. `work` may run twice, so what it sends must still be there then.
 */
export function asAdministrator<T>(
  call: Call,
  work: (client: Client) => Promise<T>,
  texts: Texts = ADMINISTRATORS_ONLY,
): Promise<T> {
  return rephrase(texts, async () => {
    if (call.options.passphraseFd !== undefined) {
      await withAgent(call, askStatus);
      return asking(call, work);
    }
    try {
      return await withAgent(call, async (client) => {
        await askStatus(client); // an agent that hangs is noticed soon
        return work(client);
      });
    } catch (error) {
      if (!(error instanceof SottoError) || error.code !== "auth-required") throw error;
      return asking(call, work);
    }
  });
}

/** On a new connection: the agent closes an idle one, and people take their time to type. */
async function asking<T>(call: Call, work: (client: Client) => Promise<T>): Promise<T> {
  const passphrase = await currentPassphrase(call);
  try {
    return await withAgent(call, async (client) => {
      await client.request("auth", {}, { payload: passphrase });
      return work(client);
    });
  } finally {
    wipe(passphrase);
  }
}
