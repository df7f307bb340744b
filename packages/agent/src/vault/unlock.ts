import type { SlotKind, Warning } from "@sotto/client/protocol";
import { AgentError } from "../errors.ts";
import type { Contents } from "./contents.ts";
import { withPassphrase } from "./credential.ts";
import { damaged } from "./damage.ts";
import type { Credential, Opener, VaultDeps } from "./deps.ts";
import type { Header, Stamp } from "./header.ts";
import { readHeader } from "./header.ts";
import { openImage } from "./image.ts";
import { isWeak } from "./kdf.ts";
import { findKeptSlot } from "./kept-slot.ts";
import { KeyPage } from "./key-page.ts";
import { MAX_SLOTS_TRIED } from "./limits.ts";
import { decodePayload } from "./payload.ts";
import type { OpenSlot, SlotRecord } from "./slot.ts";
import { slotId } from "./slot.ts";
import { tryKek } from "./slot-key.ts";
import { Workspace } from "./workspace.ts";

export interface UnlockOptions {
  /** Open a vault that is older than the one last seen. */
  readonly acceptRollback: boolean;
  /** Let a slot below the floor pass, and make it anew at the current cost. */
  readonly upgradeKdf: boolean;
  /** Asked after every step that takes long: true when a lock came meanwhile. */
  readonly cancelled: () => boolean;
}

/** Everything that is known of an open vault. */
export interface VaultParts extends Stamp {
  readonly created: number;
  readonly keys: KeyPage;
  readonly workspace: Workspace;
  readonly slots: readonly OpenSlot[];
  readonly contents: Contents;
}

/** Opens the vault of the store. Every check that needs no key comes before the first key derivation. */
export async function unlock(
  deps: VaultDeps,
  opener: Opener,
  options: UnlockOptions,
): Promise<{ parts: VaultParts; slot: SlotRecord; warnings: Warning[] }> {
  const file = await deps.store.load();
  const header = readHeader(file);
  if (!options.upgradeKdf && header.slots.some(({ kdf }) => isWeak(kdf))) throw new AgentError("weak-kdf");
  const workspace = new Workspace(deps.memory);
  let keys: KeyPage | undefined;
  try {
    keys = new KeyPage(deps.memory);
    const slot = await openSlot(deps, opener, header, keys, workspace, options.cancelled);
    const document = keys.use((all) => openImage(file, header, all.file, workspace));
    const { contents, slots } = decodePayload(document, header.slots);
    const warnings = await judgeAge(deps, header, options.acceptRollback);
    const { vaultId, generation, created } = header;
    return { parts: { vaultId, generation, created, keys, workspace, slots, contents }, slot, warnings };
  } catch (error) {
    keys?.destroy();
    workspace.destroy();
    throw error;
  }
}

/** Finds the slot that is opened and fills the key page from it. */
function openSlot(
  deps: VaultDeps,
  opener: Opener,
  header: Header,
  keys: KeyPage,
  workspace: Workspace,
  cancelled: () => boolean,
): Promise<SlotRecord> {
  const attempt = (kek: Buffer, slot: SlotRecord): Outcome =>
    keys.fill(header.vaultId, (fileKey) => tryKek(kek, header.vaultId, slot, fileKey, workspace));
  return findOpened(deps, opener, header, attempt, cancelled);
}

type Outcome = ReturnType<typeof tryKek>;

/** The slot that `attempt` calls right, of those that a credential or this system can open. Throws as either does. */
export function findOpened<S extends SlotRecord>(
  deps: VaultDeps,
  opener: Opener,
  { vaultId, slots }: { readonly vaultId: Buffer; readonly slots: readonly S[] },
  attempt: (kek: Buffer, slot: S) => Outcome,
  cancelled: () => boolean,
): Promise<S> {
  const find = (credential: Credential, among: readonly S[]): Promise<S> =>
    findSlot(deps, credential, among, attempt, cancelled);
  if (opener !== "kept") return find(opener, slots);
  return findKeptSlot(deps, vaultId, slots, (credential, slot) => find(credential, [slot]));
}

/**
 * Tries the credential on the slots of its kind, at most four, a key derivation each. Returns the slot that `attempt`
 * calls right. Throws `wrong-passphrase`, `vault-damaged` (`slot-key`), `busy`, or `locked` when cancelled.
 */
function findSlot<S extends SlotRecord>(
  deps: VaultDeps,
  credential: Credential,
  slots: readonly S[],
  attempt: (kek: Buffer, slot: S) => Outcome,
  cancelled: () => boolean,
): Promise<S> {
  const candidates = slotsOfKind(slots, credential.kind).slice(0, MAX_SLOTS_TRIED);
  for (const { kdf } of candidates) deps.kdf.judgeMemory(kdf);
  return withPassphrase(deps.memory, credential, async (passphrase) => {
    for (const slot of candidates) {
      const outcome = await deps.kdf.derive(passphrase, slot.salt, slot.kdf, (kek) =>
        cancelled() ? "wrong" : attempt(kek, slot),
      );
      if (cancelled()) throw new AgentError("locked");
      if (outcome === "damaged") throw damaged("slot-key");
      if (outcome === "right") return slot;
    }
    throw new AgentError("wrong-passphrase");
  });
}

export function slotsOfKind<S extends SlotRecord>(slots: readonly S[], kind: SlotKind): S[] {
  return slots.filter((slot) => slot.kind === kind);
}

/**
 * Compares with the save last seen; asked only once the passphrase has proved right, so that nobody else learns of it.
 * Throws `rollback` for an older save and for another vault.
 */
async function judgeAge(deps: VaultDeps, header: Header, acceptRollback: boolean): Promise<Warning[]> {
  const seen = await deps.store.lastSeen();
  const isOlder =
    seen !== undefined && (!seen.vaultId.equals(header.vaultId) || header.generation < seen.generation);
  if (isOlder && !acceptRollback) throw new AgentError("rollback");
  if (!isOlder && seen?.generation === header.generation) return [];
  const noted = await deps.store.noteSeen(header);
  const warnings: Warning[] = noted ? [] : ["durability-unknown"];
  if (isOlder) warnings.unshift("rollback-accepted");
  if (seen === undefined) warnings.unshift("last-seen-missing");
  return warnings;
}

/** Tells the log of slots that stay below the floor: the next unlock is refused again until they are gone. */
export function warnOfWeakSlots(deps: VaultDeps, slots: readonly SlotRecord[]): void {
  const weak = slots.filter(({ kdf }) => isWeak(kdf)).map(slotId);
  if (weak.length === 0) return;
  const text = "slots below the floor remain: unlock with each of them and --upgrade-kdf, or remove them";
  deps.log.warn({ slots: weak }, text);
}
