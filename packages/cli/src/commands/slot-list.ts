import type { Call } from "../call.ts";
import { asAdministrator } from "../administrator.ts";
import { answerEither } from "../output/tell.ts";
import { table } from "../output/table.ts";
import { keepsKeys } from "../platform/index.ts";

const MIB = 1024;

/** `agent slot list`: the ways to open the vault. */
export async function run(call: Call): Promise<void> {
  const { slots } = (await asAdministrator(call, (client) => client.request("slots", {}))).fields;
  const rows = slots.map((slot) => [
    slot.id,
    slot.kind.startsWith("dpapi-") && !keepsKeys ? `${slot.kind} (opens on Windows only)` : slot.kind,
    `argon2id ${slot.kdfMemoryKib / MIB} MiB x ${slot.kdfPasses}`,
    slot.label,
  ]);
  answerEither(call, { slots }, table(rows));
}
