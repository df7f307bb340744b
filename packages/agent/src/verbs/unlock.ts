import type { Agent } from "../agent.ts";
import { attempt } from "../access/attempt.ts";
import { Vault } from "../vault/vault.ts";
import type { Answer, Call, Handler } from "./handler.ts";

/** Unlocks in progress, so that a second one waits for the first instead of running its own key derivation. */
const inProgress = new WeakMap<Agent, Promise<unknown>>();

/** Opens the vault. While it is open already, checks the passphrase and sets the new time to live. */
export const unlock: Handler<"unlock"> = async (agent, call) => {
  await inProgress.get(agent)?.catch(() => undefined);
  const running = agent.state.unlocked ? verify(agent, call) : open(agent, call);
  if (!agent.state.unlocked) inProgress.set(agent, running);
  try {
    return await running;
  } finally {
    if (inProgress.get(agent) === running) inProgress.delete(agent);
  }
};

async function open(agent: Agent, call: Call<"unlock">): Promise<Answer<"unlock">> {
  const { fields, session } = call;
  const { lockCount } = agent.state;
  const options = {
    acceptRollback: fields.acceptRollback ?? false,
    upgradeKdf: fields.upgradeKdf ?? false,
    cancelled: () => agent.state.lockCount !== lockCount || call.gone(),
  };
  const opened = await attempt(agent, session, () =>
    Vault.open(agent.vaultDeps, credentialOf(call), options),
  );
  agent.state.open(opened.vault, session.peer.uid, fields.ttlMs);
  session.prove(opened.slot);
  const note = opened.warnings.join(" ");
  return { fields: { warnings: opened.warnings }, ...(note !== "" && { note }) };
}

async function verify(agent: Agent, call: Call<"unlock">): Promise<Answer<"unlock">> {
  const { vault } = agent.state;
  const slot = await attempt(agent, call.session, () => vault.verify(credentialOf(call)));
  agent.state.extend(call.fields.ttlMs);
  call.session.prove(slot);
  return { fields: { warnings: [] } };
}

const credentialOf = ({ fields, payload }: Call<"unlock">) => ({
  kind: fields.recovery === true ? ("recovery" as const) : ("passphrase" as const),
  bytes: payload,
});
