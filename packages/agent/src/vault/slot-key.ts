import sodium from "sodium-native";
import { decrypt, encrypt, NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import { derive, KEY_BYTES, randomPublic } from "./derive.ts";
import type { PublicKey, SlotIdentity, SlotRecord, WrappedKey } from "./slot.ts";
import type { Workspace } from "./workspace.ts";

/*
 * How a slot holds the file key. The passphrase's key (KEK) gives the slot an X25519 key pair; the file key is
 * wrapped for its public key. So a new file key can be wrapped for every slot that stays when one is removed, though
 * the passphrases of the others are not at hand. The public keys lie inside the encrypted payload: whoever has only
 * the file cannot even begin with the curve.
 */

type Target = Pick<SlotIdentity, "id"> & PublicKey;

/** What a slot keeps of its KEK: how to know it again, and its public key. The file shows the one, the payload the other. */
export function slotKeys(kek: Buffer, workspace: Workspace): Pick<SlotIdentity, "commit"> & PublicKey {
  const commit = Buffer.alloc(KEY_BYTES);
  const publicKey = Buffer.alloc(KEY_BYTES);
  derive(commit, kek, "commit", []);
  workspace.key(0, (secretKey) => {
    derive(secretKey, kek, "slot", []);
    sodium.crypto_scalarmult_base(publicKey, secretKey);
  });
  return { commit, publicKey };
}

/** Wraps the file key for a slot; a fresh ephemeral key each time. */
export function wrapFileKey(
  fileKey: Buffer,
  vaultId: Buffer,
  slot: Target,
  workspace: Workspace,
): WrappedKey {
  const ephemeral = Buffer.alloc(KEY_BYTES);
  const nonce = randomPublic(NONCE_BYTES);
  const wrapped = Buffer.alloc(KEY_BYTES + TAG_BYTES);
  workspace.key(0, (ephemeralSecret) => {
    sodium.randombytes_buf(ephemeralSecret);
    sodium.crypto_scalarmult_base(ephemeral, ephemeralSecret);
    const pair = { ephemeral, publicKey: slot.publicKey };
    withWrapKey(ephemeralSecret, slot.publicKey, pair, workspace, (wrapKey) =>
      encrypt(wrapped, fileKey, Buffer.concat([vaultId, slot.id]), nonce, wrapKey),
    );
  });
  return { ephemeral, nonce, wrapped };
}

/**
 * Tries a KEK on a slot: unwraps the file key into `target` (secure memory).
 * `right`: the KEK is this slot's. `wrong`: it is not. `damaged`: commitment and wrapped key contradict each other.
 */
export function tryKek(
  kek: Buffer,
  vaultId: Buffer,
  slot: SlotRecord,
  target: Buffer,
  workspace: Workspace,
): "right" | "wrong" | "damaged" {
  const committed = isCommitted(kek, slot, workspace);
  const unwrapped = unwrapFileKey(kek, vaultId, slot, target, workspace);
  if (committed && unwrapped) return "right";
  return committed || unwrapped ? "damaged" : "wrong";
}

/** A different passphrase cannot have the same commitment: no file opens under two. Nothing of a wrong guess is left behind. */
function isCommitted(kek: Buffer, slot: SlotRecord, workspace: Workspace): boolean {
  return workspace.key(0, (commit) => {
    derive(commit, kek, "commit", []);
    return sodium.sodium_memcmp(commit, slot.commit);
  });
}

function unwrapFileKey(
  kek: Buffer,
  vaultId: Buffer,
  slot: SlotRecord,
  target: Buffer,
  workspace: Workspace,
): boolean {
  const unwrapped = workspace.key(0, (secretKey) =>
    workspace.key(3, (publicKey) => {
      derive(secretKey, kek, "slot", []);
      sodium.crypto_scalarmult_base(publicKey, secretKey);
      const pair = { ephemeral: slot.ephemeral, publicKey };
      return withWrapKey(secretKey, slot.ephemeral, pair, workspace, (wrapKey) =>
        decrypt(target, slot.wrapped, Buffer.concat([vaultId, slot.id]), slot.nonce, wrapKey),
      );
    }),
  );
  return unwrapped === true;
}

/** Gives `work` the key that both ends of an X25519 exchange compute; undefined for a point that gives no secret. */
function withWrapKey<T>(
  secretKey: Buffer,
  theirs: Buffer,
  pair: { readonly ephemeral: Buffer; readonly publicKey: Buffer },
  workspace: Workspace,
  work: (wrapKey: Buffer) => T,
): T | undefined {
  return workspace.key(1, (shared) => {
    if (!exchange(shared, secretKey, theirs)) return undefined;
    return workspace.key(2, (wrapKey) => {
      derive(wrapKey, shared, "wrap", [pair.ephemeral, pair.publicKey]);
      return work(wrapKey);
    });
  });
}

/** False for the few points of small order, which only a forged file has. */
function exchange(shared: Buffer, secretKey: Buffer, theirs: Buffer): boolean {
  try {
    sodium.crypto_scalarmult(shared, secretKey, theirs);
    return true;
  } catch {
    return false;
  }
}
