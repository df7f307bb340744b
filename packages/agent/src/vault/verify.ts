import { AgentError } from "../errors.ts";
import type { Opener } from "./deps.ts";
import type { OpenVault } from "./open-vault.ts";
import type { OpenSlot } from "./slot.ts";
import { slotId } from "./slot.ts";
import { tryKek } from "./slot-key.ts";
import { findOpened } from "./unlock.ts";

/**
 * Returns the slot of an open vault that is opened; changes nothing. Throws `wrong-passphrase`, `not-found` (nothing kept),
 * `vault-damaged`, `busy`, `locked`.
 */
export async function verify(open: OpenVault, opener: Opener): Promise<string> {
  const { deps, vaultId, workspace } = open;
  const { slots } = open.current;
  const attempt = (kek: Buffer, slot: OpenSlot): ReturnType<typeof tryKek> =>
    workspace.key(4, (scratch) => tryKek(kek, vaultId, slot, scratch, workspace));
  const found = await findOpened(deps, opener, { vaultId, slots }, attempt, () => open.isDestroyed);
  if (!open.current.slots.some((slot) => slot.salt.equals(found.salt)))
    throw new AgentError("wrong-passphrase"); // removed, or given another passphrase, while this one was tried
  return slotId(found);
}
