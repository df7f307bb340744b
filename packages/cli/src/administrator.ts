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
 * `given`: what was read from that descriptor already, by a command that needs it more than once, and wipes it.
 */
export function asAdministrator<T>(
  call: Call,
  work: (client: Client) => Promise<T>,
  texts: Texts = ADMINISTRATORS_ONLY,
  given?: Buffer,
): Promise<T> {
  return rephrase(texts, async () => {
    if (call.options.passphraseFd !== undefined) {
      await withAgent(call, askStatus);
      return asking(call, work, given);
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
async function asking<T>(call: Call, work: (client: Client) => Promise<T>, given?: Buffer): Promise<T> {
  const passphrase = given ?? (await currentPassphrase(call));
  try {
    return await withAgent(call, async (client) => {
      await client.request("auth", {}, { payload: passphrase });
      return work(client);
    });
  } finally {
    if (passphrase !== given) wipe(passphrase);
  }
}
