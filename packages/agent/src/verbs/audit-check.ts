import type { Handler } from "./handler.ts";

/** Whether checkpoints of the audit were made with the key of this vault. */
export const auditCheck: Handler<"audit-check"> = (agent, { fields }) => {
  const { vault } = agent.state;
  const bytes = (digits: string): Buffer => Buffer.from(digits, "hex");
  return {
    fields: {
      key: vault.auditKey,
      good: fields.checkpoints.map(({ head, mac }) => vault.vouchesFor(bytes(head), bytes(mac))),
    },
    admin: true,
  };
};
