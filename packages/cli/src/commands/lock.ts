import type { Call } from "../call.ts";
import { quickMs, withAgent } from "../connection.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";

/** `agent lock`: wipes everything from the agent's memory; needs no passphrase. */
export async function run(call: Call): Promise<void> {
  await rephrase(ADMINISTRATORS_ONLY, () =>
    withAgent(call, (client) => client.request("lock", {}, { timeoutMs: quickMs() })),
  );
}
