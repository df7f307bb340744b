import { MAX_PASSPHRASE_BYTES } from "@sotto/client/protocol";
import { AgentError } from "../errors.ts";
import type { SecureBuffer, SecureMemory } from "../memory/secure-memory.ts";
import type { Credential, VaultDeps } from "./deps.ts";
import { randomPublic } from "./derive.ts";
import { isWeak, judgeLimits, SALT_BYTES } from "./kdf.ts";
import { normaliseRecoveryCode, RECOVERY_CODE_BYTES, writeRecoveryCode } from "./recovery-code.ts";
import type { PublicKey, SlotIdentity } from "./slot.ts";
import { slotKeys } from "./slot-key.ts";
import type { Workspace } from "./workspace.ts";

const SLOT_ID_BYTES = 16;

/** A slot before a file key is wrapped for it. */
export type NewSlot = SlotIdentity & PublicKey;

/** Gives `work` the bytes that go into the key derivation. Throws `too-large` and, without locked memory, `busy`. */
export async function withPassphrase<T>(
  memory: SecureMemory,
  credential: Credential,
  work: (bytes: Buffer) => Promise<T>,
): Promise<T> {
  const { kind, bytes } = credential;
  if (bytes.length > MAX_PASSPHRASE_BYTES) throw new AgentError("too-large");
  if (kind !== "recovery") return work(bytes);
  const copy = take(memory, MAX_PASSPHRASE_BYTES);
  try {
    return await work(copy.bytes.subarray(0, normaliseRecoveryCode(bytes, copy.bytes)));
  } finally {
    copy.destroy();
  }
}

/** Makes a slot at the current cost, or a new one in the place of `old`. */
export async function makeSlot(
  deps: VaultDeps,
  workspace: Workspace,
  credential: Credential,
  old: Partial<Pick<SlotIdentity, "id" | "label">>,
): Promise<NewSlot> {
  const { kdf, kdfParameters, memory } = deps;
  judgeLimits(kdfParameters);
  if (isWeak(kdfParameters)) throw new AgentError("weak-kdf");
  if (credential.bytes.length === 0) throw new AgentError("bad-request");
  const salt = randomPublic(SALT_BYTES);
  const keys = await withPassphrase(memory, credential, (bytes) =>
    kdf.derive(bytes, salt, kdfParameters, (kek) => slotKeys(kek, workspace)),
  );
  const { id = randomPublic(SLOT_ID_BYTES), label = "" } = old;
  const { memoryKib, passes } = kdfParameters;
  return { id, kind: credential.kind, label, kdf: { memoryKib, passes }, salt, ...keys };
}

/** Makes a slot for a new recovery code, which the caller destroys once it has been shown. */
export async function makeRecoverySlot(
  deps: VaultDeps,
  workspace: Workspace,
  label: string,
): Promise<{ slot: NewSlot; recoveryCode: SecureBuffer }> {
  const recoveryCode = take(deps.memory, RECOVERY_CODE_BYTES);
  try {
    writeRecoveryCode(recoveryCode.bytes);
    const credential = { kind: "recovery", bytes: recoveryCode.bytes } as const;
    return { slot: await makeSlot(deps, workspace, credential, { label }), recoveryCode };
  } catch (error) {
    recoveryCode.destroy();
    throw error;
  }
}

/** Secure memory, or `busy`. */
export function take(memory: SecureMemory, size: number): SecureBuffer {
  const buffer = memory.tryAllocate(size);
  if (buffer === undefined) throw new AgentError("busy");
  return buffer;
}
