/** The ways to open a vault: added, removed, made anew. Each change is saved before it is in force. */
import type { SlotKind } from "@sotto/client/protocol";
import { AgentError } from "../errors.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import type { Contents } from "./contents.ts";
import type { NewSlot } from "./credential.ts";
import { makeRecoverySlot, makeSlot } from "./credential.ts";
import type { Credential } from "./deps.ts";
import { isKept, makeKeptSlot } from "./kept-slot.ts";
import type { KeyPage } from "./key-page.ts";
import { MAX_SLOTS_TRIED } from "./limits.ts";
import type { OpenVault, Saved } from "./open-vault.ts";
import { reseal, savedSource } from "./reseal.ts";
import type { Resealed } from "./rotation.ts";
import { resealContents } from "./rotation.ts";
import type { OpenSlot } from "./slot.ts";
import { slotId } from "./slot.ts";
import { wrapFileKey } from "./slot-key.ts";
import { slotsOfKind } from "./unlock.ts";

/** Adds a way to open the vault. Throws `conflict` when there are four of the kind, `bad-request` for one that this system cannot keep. */
export async function addSlot(
  open: OpenVault,
  kind: SlotKind,
  label: string,
  passphrase: Buffer = Buffer.alloc(0),
): Promise<Saved & { slot: string; recoveryCode?: SecureBuffer }> {
  const { deps, vaultId, workspace } = open;
  assertRoom(open, kind);
  if (kind === "recovery") return addRecovery(open, label);
  if (isKept(kind)) return append(open, await makeKeptSlot(deps, { vaultId, workspace }, kind, label));
  return append(open, await makeSlot(deps, workspace, { kind, bytes: passphrase }, { label }));
}

async function addRecovery(
  open: OpenVault,
  label: string,
): Promise<Saved & { slot: string; recoveryCode: SecureBuffer }> {
  const { slot, recoveryCode } = await makeRecoverySlot(open.deps, open.workspace, label);
  try {
    return { ...(await append(open, slot)), recoveryCode };
  } catch (error) {
    recoveryCode.destroy();
    throw error;
  }
}

function append(open: OpenVault, slot: NewSlot): Promise<Saved & { slot: string }> {
  return open.enqueue(async () => {
    assertRoom(open, slot.kind);
    const saved = await open.save({ slots: [...open.current.slots, ...wrapSlots(open, [slot])] });
    return { ...saved, slot: slotId(slot) };
  });
}

/**
 * Removes a way to open the vault: a new file key, and every value sealed anew, so that who kept an old copy of the
 * file cannot open a new one. Throws `not-found`, and `conflict` for the last slot that a person can open.
 */
export function removeSlot(open: OpenVault, slot: string): Promise<Saved> {
  return open.enqueue(() => {
    const { slots } = open.current;
    const rest = slots.filter((one) => slotId(one) !== slot);
    if (rest.length === slots.length) throw new AgentError("not-found");
    if (rest.every(({ kind }) => isKept(kind))) throw new AgentError("conflict");
    return rotate(open, rest);
  });
}

/** Gives a slot another passphrase, and the vault a new file key. Throws `not-found`; `bad-request` for a recovery code. */
export async function changePassphrase(open: OpenVault, slot: string, passphrase: Buffer): Promise<Saved> {
  if (slotOf(open, slot).kind !== "passphrase") throw new AgentError("bad-request");
  return renewSlot(open, slot, { kind: "passphrase", bytes: passphrase });
}

/** Makes a slot anew for a credential, at the current cost, and the vault a new file key. */
export async function renewSlot(
  open: OpenVault,
  slot: string,
  credential: Credential,
  cancelled = () => false,
): Promise<Saved> {
  const renewed = await makeSlot(open.deps, open.workspace, credential, slotOf(open, slot));
  if (cancelled()) throw new AgentError("locked");
  return open.enqueue(() => {
    slotOf(open, slot); // it may have been removed meanwhile
    return rotate(
      open,
      open.current.slots.map((one) => (slotId(one) === slot ? renewed : one)),
    );
  });
}

/** The file key, wrapped in each of these slots. */
export function wrapSlots(
  { vaultId, workspace, current }: OpenVault,
  slots: readonly NewSlot[],
  keys = current.keys,
): OpenSlot[] {
  return slots.map((slot) => ({
    ...slot,
    ...keys.use(({ file }) => wrapFileKey(file, vaultId, slot, workspace)),
  }));
}

/** Saves with these slots, under a new file key. */
function rotate(open: OpenVault, slots: readonly NewSlot[]): Promise<Saved> {
  return open.changeKeys(async (keys, old) => {
    const { contents, moved } = await resealAll(open, open.current.contents, old, keys);
    return open.save({ contents, slots: wrapSlots(open, slots, keys), keys }, moved);
  });
}

function resealAll(
  { vaultId, workspace }: OpenVault,
  contents: Contents,
  old: KeyPage,
  keys: KeyPage,
): Promise<Resealed> {
  return resealContents(contents, (slice) =>
    old.use(({ value: from }) =>
      keys.use(({ value: to }) =>
        slice((secret, version) => {
          const target = { vaultId, secretId: secret.id, version: version.number };
          return reseal(savedSource(secret, version, vaultId, from), target, to, workspace);
        }),
      ),
    ),
  );
}

function slotOf(open: OpenVault, slot: string): OpenSlot {
  const found = open.current.slots.find((one) => slotId(one) === slot);
  if (found === undefined) throw new AgentError("not-found");
  return found;
}

function assertRoom(open: OpenVault, kind: SlotKind): void {
  if (slotsOfKind(open.current.slots, kind).length >= MAX_SLOTS_TRIED) throw new AgentError("conflict");
}
