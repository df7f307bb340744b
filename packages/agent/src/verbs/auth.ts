import { attempt } from "../access/attempt.ts";
import type { Agent } from "../agent.ts";
import { openerOf } from "./credential.ts";
import type { Call, Handler } from "./handler.ts";

/** Proves the passphrase on this connection, and for a while in its login session. */
export const auth: Handler<"auth"> = async (agent, call) => {
  const { lockCount } = agent.state;
  const slot = await verifyPassphrase(agent, call);
  if (agent.state.lockCount === lockCount) call.session.prove(slot);
  return { fields: { slot } };
};

/** Says which slot a passphrase, recovery code or what the system keeps opens; proves and changes nothing. */
export const slotTest: Handler<"slot-test"> = async (agent, call) => ({
  fields: { slot: await verifyPassphrase(agent, call) },
});

/** Returns the slot that a request opens; a passphrase or recovery code under the throttle of its uid. What the system keeps, nobody can guess at. */
export async function verifyPassphrase(
  agent: Agent,
  call: Call<"unlock" | "auth" | "slot-test">,
): Promise<string> {
  const { vault } = agent.state;
  const opener = openerOf(call);
  if (opener === "kept") return vault.verify(opener);
  return attempt(agent, call.session, () => vault.verify(opener));
}
