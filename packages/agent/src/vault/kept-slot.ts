import type { SlotKind } from "@sotto/client/protocol";
import sodium from "sodium-native";
import { AgentError } from "../errors.ts";
import type { KeepScope } from "../platform/index.ts";
import type { NewSlot } from "./credential.ts";
import { makeSlot, take } from "./credential.ts";
import { damaged } from "./damage.ts";
import type { Credential, VaultDeps } from "./deps.ts";
import { KEY_BYTES, randomPublic } from "./derive.ts";
import { MAX_KEPT_BYTES } from "./slot.ts";
import type { SlotIdentity } from "./slot.ts";
import type { Workspace } from "./workspace.ts";

/*
 * Slots that need nobody to type anything: the system keeps a random key, and the slot holds what the system made of it.
 * The key stands where a passphrase stands in other slots; whatever follows from there is the same.
 */

const SLOT_ID_BYTES = 16;
const NOTHING = Buffer.alloc(0);
const CONTEXT = Buffer.alloc(16);
CONTEXT.write("sotto/1 kept", "latin1");

/** The kinds of slots whose key a system keeps, and for whom. */
export const KEPT_KINDS = { "dpapi-user": "user", "dpapi-machine": "machine" } as const satisfies Partial<
  Record<SlotKind, KeepScope>
>;
export type KeptKind = keyof typeof KEPT_KINDS;

/** Whether the system keeps the key of such slots, and no person. */
export const isKept = (kind: SlotKind): kind is KeptKind => Object.hasOwn(KEPT_KINDS, kind);

/** A system that is handed what it once made gives the key back for this slot of this vault only. */
const contextOf = (vaultId: Buffer, slot: Pick<SlotIdentity, "id">): Buffer =>
  Buffer.concat([CONTEXT, vaultId, slot.id]);

/** Makes a slot for a new key that the system keeps. Throws `bad-request` where this system keeps none. */
export async function makeKeptSlot(
  deps: VaultDeps,
  { vaultId, workspace }: { readonly vaultId: Buffer; readonly workspace: Workspace },
  kind: KeptKind,
  label: string,
): Promise<NewSlot> {
  const { keeper } = deps.platform;
  if (keeper === undefined) throw new AgentError("bad-request");
  const id = randomPublic(SLOT_ID_BYTES);
  const key = take(deps.memory, KEY_BYTES);
  try {
    sodium.randombytes_buf(key.bytes);
    const kept = await keeper.keep(KEPT_KINDS[kind], key.bytes, contextOf(vaultId, { id }));
    if (kept.length > MAX_KEPT_BYTES) throw new AgentError("internal");
    return { ...(await makeSlot(deps, workspace, { kind, bytes: key.bytes }, { id, label })), kept };
  } finally {
    key.destroy();
  }
}

/**
 * Gives `find` the key of one slot after the other, as far as this system gives it back, until it finds its slot. Throws
 * `not-found` where the vault has no such slot or this system keeps none, `wrong-passphrase` where it gives none back.
 */
export async function findKeptSlot<S extends SlotIdentity>(
  deps: VaultDeps,
  vaultId: Buffer,
  slots: readonly S[],
  find: (credential: Credential, slot: S) => Promise<S>,
): Promise<S> {
  const candidates = slots.filter(({ kind }) => isKept(kind));
  if (deps.platform.keeper === undefined || candidates.length === 0) throw new AgentError("not-found");
  for (const slot of candidates) {
    const key = take(deps.memory, KEY_BYTES);
    try {
      if (await deps.platform.keeper.give(slot.kept ?? NOTHING, contextOf(vaultId, slot), key.bytes))
        return await find({ kind: slot.kind, bytes: key.bytes }, slot);
    } catch (error) {
      // The system vouches for the key: that it does not open its slot is no mistake of a person.
      throw error instanceof AgentError && error.code === "wrong-passphrase" ? damaged("slot-key") : error;
    } finally {
      key.destroy();
    }
  }
  throw new AgentError("wrong-passphrase");
}
