import { timingSafeEqual } from "node:crypto";
import { attempt } from "../access/attempt.ts";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import { Vault } from "../vault/vault.ts";
import { verifyPassphrase } from "./auth.ts";
import { openerOf } from "./credential.ts";
import type { Answer, Call, Handler } from "./handler.ts";

/** An unlock in progress; its passphrase stays where it lies until then. `slot` is undefined when it failed. */
interface Opening {
  readonly call: Call<"unlock">;
  readonly slot: Promise<string | undefined>;
}

/** At most one for each agent: two would open two vaults, and a lock would wipe the keys of one. */
const inProgress = new WeakMap<Agent, Opening>();

/** Opens the vault. While it is open already, checks the passphrase and sets the new time to live. */
export const unlock: Handler<"unlock"> = async (agent, call) => {
  const { lockCount } = agent.state;
  const { acceptRollback, upgradeKdf } = call.fields;
  const kept = openerOf(call) === "kept";
  if (kept && (acceptRollback === true || upgradeKdf === true)) throw new AgentError("bad-request");
  const slot = await othersSlot(agent, call);
  if (agent.state.unlocked) return confirm(agent, call, slot ?? (await verifyPassphrase(agent, call)));
  const opening = open(agent, call, lockCount).finally(() => inProgress.delete(agent));
  const itsSlot = opening.then((opened) => opened.slot).catch(() => undefined);
  inProgress.set(agent, { call, slot: itsSlot });
  const { warnings, slot: by } = await opening;
  const note = [...(kept ? [`kept slot ${by}`] : []), ...warnings].join(" ");
  return { fields: { warnings }, ...(note !== "" && { note }) };
};

/**
 * Waits while somebody else unlocks. Returns the slot if that was done with the very same passphrase, which then
 * needs no key derivation of its own.
 */
async function othersSlot(agent: Agent, call: Call<"unlock">): Promise<string | undefined> {
  let slot: string | undefined;
  for (let other = inProgress.get(agent); other !== undefined; other = inProgress.get(agent)) {
    const same = isSameCredential(other.call, call);
    const opened = await other.slot;
    slot = same ? opened : undefined;
  }
  return slot;
}

function isSameCredential(one: Call<"unlock">, other: Call<"unlock">): boolean {
  if (kindOf(one) !== kindOf(other)) return false;
  return one.payload.length === other.payload.length && timingSafeEqual(one.payload, other.payload);
}

function kindOf(call: Call<"unlock">): string {
  const opener = openerOf(call);
  return opener === "kept" ? opener : opener.kind;
}

/** `lockCount` is that of when the request came: a lock since then comes first. */
async function open(agent: Agent, call: Call<"unlock">, lockCount: number): ReturnType<typeof Vault.open> {
  const { fields, session } = call;
  const options = {
    acceptRollback: fields.acceptRollback ?? false,
    upgradeKdf: fields.upgradeKdf ?? false,
    cancelled: () => agent.state.lockCount !== lockCount || call.gone(),
  };
  const opener = openerOf(call);
  const run = (): ReturnType<typeof Vault.open> => Vault.open(agent.vaultDeps, opener, options);
  const opened = await (opener === "kept" ? run() : attempt(agent, session, run));
  agent.state.open(opened.vault, session.peer.uid, fields.ttlMs);
  prove(call, opened.slot);
  return opened;
}

function confirm(agent: Agent, call: Call<"unlock">, slot: string): Answer<"unlock"> {
  agent.state.extend(call.fields.ttlMs);
  prove(call, slot);
  return { fields: { warnings: [] } };
}

/** What the system keeps opens the vault, and says nothing of who asked for it: to administer takes a passphrase. */
function prove({ fields, session }: Call<"unlock">, slot: string): void {
  if (fields.kept !== true) session.prove(slot);
}
