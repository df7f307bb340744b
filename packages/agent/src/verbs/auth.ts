import { attempt } from "../access/attempt.ts";
import type { Agent } from "../agent.ts";
import type { Call, Handler } from "./handler.ts";

/** Proves the passphrase on this connection, and for a while in its login session. */
export const auth: Handler<"auth"> = async (agent, call) => {
  const { lockCount } = agent.state;
  const slot = await verifyPassphrase(agent, call);
  if (agent.state.lockCount === lockCount) call.session.prove(slot);
  return { fields: { slot } };
};

/** Says which slot a passphrase or recovery code opens; proves and changes nothing. */
export const slotTest: Handler<"slot-test"> = async (agent, call) => ({
  fields: { slot: await verifyPassphrase(agent, call) },
});

function verifyPassphrase(
  agent: Agent,
  { fields, payload, session }: Call<"auth" | "slot-test">,
): Promise<string> {
  const { vault } = agent.state;
  const kind = fields.recovery === true ? "recovery" : "passphrase";
  return attempt(agent, session, () => vault.verify({ kind, bytes: payload }));
}
