import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import { secretPayload } from "./secret-payload.ts";

/** Replaces the passphrase of the slot that was opened on this connection: a ticket does not say which one that is. */
export const passwd: Handler<"passwd"> = async (agent, { session, payload }) => {
  if (session.provedSlot === undefined) throw new AgentError("auth-required");
  if (payload.length === 0) throw new AgentError("bad-request");
  const { durable } = await agent.state.vault.changePassphrase(session.provedSlot, payload);
  return { fields: { durable }, admin: true };
};

/** The ways to open the vault. */
export const slots: Handler<"slots"> = (agent) => ({
  fields: { slots: agent.state.vault.slots },
  admin: true,
});

export const slotAdd: Handler<"slot-add"> = async (agent, { fields, payload }) => {
  const isPassphrase = fields.kind === "passphrase";
  if (isPassphrase !== payload.length > 0) throw new AgentError("bad-request");
  const added = await agent.state.vault.addSlot(
    fields.kind,
    fields.label ?? "",
    isPassphrase ? payload : undefined,
  );
  return {
    fields: { slot: added.slot, durable: added.durable },
    ...secretPayload(added.recoveryCode),
    admin: true,
    note: `slot ${added.slot}`,
  };
};

export const slotRemove: Handler<"slot-remove"> = async (agent, { fields }) => {
  const { durable } = await agent.state.vault.removeSlot(fields.slot);
  return { fields: { durable }, admin: true, note: `slot ${fields.slot.slice(0, 32)}` };
};
