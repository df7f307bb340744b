import type { Secret } from "@sotto/client";
import { waitForUnlock } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { socketOf } from "../connection.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import type { GetOptions } from "../fetch.ts";
import { fetch } from "../fetch.ts";
import { answerValue } from "../output/secret.ts";
import { nameOperand } from "../parse/operands.ts";

/** `agent get NAME`: the exact bytes of the value, or an attribute. A plain one does not come here: see job.ts. */
export async function run(call: Call<GetOptions>): Promise<void> {
  const name = nameOperand(call);
  const secret = await (call.options.admin === true ? fetchAsAdministrator(call, name) : fetch(call, name));
  try {
    answerValue(call, secret);
  } finally {
    secret.dispose();
  }
}

async function fetchAsAdministrator(call: Call<GetOptions>, name: string): Promise<Secret> {
  const { wait } = call.options;
  if (wait !== undefined) await waitForUnlock({ socket: socketOf(call), waitMs: wait });
  return asAdministrator(call, (client) => client.get(name, { admin: true }), ONE_SECRET);
}
