import { AgentError } from "../errors.ts";
import { Vault } from "../vault/vault.ts";
import type { Handler } from "./handler.ts";
import { secretPayload } from "./secret-payload.ts";

/** Makes the vault and leaves it unlocked. The recovery code leaves the agent here, once. */
export const init: Handler<"init"> = async (agent, { fields, session, payload }) => {
  if (payload.length === 0) throw new AgentError("bad-request");
  const { lockCount } = agent.state;
  const made = await Vault.create(agent.vaultDeps, payload, { recovery: fields.recovery ?? true });
  if (agent.state.lockCount === lockCount) {
    agent.state.open(made.vault, session.peer.uid);
    session.prove(made.slot);
  } else {
    made.vault.destroy();
  }
  return { fields: { slot: made.slot, durable: made.durable }, ...secretPayload(made.recoveryCode) };
};
