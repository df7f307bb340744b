import type { SlotInfo, SlotKind } from "@sotto/client/protocol";
import { MAX_LABEL_BYTES } from "@sotto/client/protocol";
import { NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import { damaged } from "./damage.ts";
import { KEY_BYTES } from "./derive.ts";
import { judgeLimits, SALT_BYTES } from "./kdf.ts";
import type { KdfParameters } from "./limits.ts";
import { asLabel } from "./shapes.ts";

const ID_BYTES = 16;
const KINDS: Readonly<Record<SlotKind, number>> = { passphrase: 1, recovery: 2 };
const ARGON2ID = 1;

/** What a passphrase makes of a slot. It stays when the file key changes. */
export interface SlotIdentity {
  readonly id: Buffer;
  readonly kind: SlotKind;
  readonly label: string;
  readonly kdf: KdfParameters;
  readonly salt: Buffer;
  /** Tells a wrong passphrase from a damaged slot. */
  readonly commit: Buffer;
}

/** A file key wrapped for a slot. */
export interface WrappedKey {
  readonly ephemeral: Buffer;
  readonly nonce: Buffer;
  readonly wrapped: Buffer;
}

/** A slot as the header holds it. */
export type SlotRecord = SlotIdentity & WrappedKey;

/** Its public key lies in the payload: a new file key is wrapped for a slot without its passphrase. */
export interface PublicKey {
  readonly publicKey: Buffer;
}

/** A slot of an open vault. */
export type OpenSlot = SlotRecord & PublicKey;

// Offsets within a slot, in bytes. VAULT.md repeats them.
const AT = { kind: 0, id: 1, labelLength: 17, label: 18, kdf: 82, passes: 83, memory: 87, salt: 91 } as const;
const EPHEMERAL = AT.salt + SALT_BYTES;
const NONCE = EPHEMERAL + KEY_BYTES;
const WRAPPED = NONCE + NONCE_BYTES;
const COMMIT = WRAPPED + KEY_BYTES + TAG_BYTES;
export const SLOT_BYTES = COMMIT + KEY_BYTES;

/** Writes a slot to the start of `target`, which is zero. */
export function writeSlot(target: Buffer, slot: SlotRecord): void {
  target.writeUInt8(KINDS[slot.kind], AT.kind);
  slot.id.copy(target, AT.id);
  target.writeUInt8(target.write(slot.label, AT.label, MAX_LABEL_BYTES, "utf8"), AT.labelLength);
  target.writeUInt8(ARGON2ID, AT.kdf);
  target.writeUInt32LE(slot.kdf.passes, AT.passes);
  target.writeUInt32LE(slot.kdf.memoryKib, AT.memory);
  slot.salt.copy(target, AT.salt);
  slot.ephemeral.copy(target, EPHEMERAL);
  slot.nonce.copy(target, NONCE);
  slot.wrapped.copy(target, WRAPPED);
  slot.commit.copy(target, COMMIT);
}

/** Reads a slot from the start of `bytes`; its buffers are views. Throws `vault-damaged`: `slots` or `kdf`. */
export function readSlot(bytes: Buffer): SlotRecord {
  const kind = (Object.keys(KINDS) as SlotKind[]).find((one) => KINDS[one] === bytes.readUInt8(AT.kind));
  if (kind === undefined) throw damaged("slots");
  if (bytes.readUInt8(AT.kdf) !== ARGON2ID) throw damaged("kdf");
  const kdf = { passes: bytes.readUInt32LE(AT.passes), memoryKib: bytes.readUInt32LE(AT.memory) };
  judgeLimits(kdf);
  return {
    id: bytes.subarray(AT.id, AT.id + ID_BYTES),
    kind,
    label: readLabel(bytes),
    kdf,
    salt: bytes.subarray(AT.salt, EPHEMERAL),
    ephemeral: bytes.subarray(EPHEMERAL, NONCE),
    nonce: bytes.subarray(NONCE, WRAPPED),
    wrapped: bytes.subarray(WRAPPED, COMMIT),
    commit: bytes.subarray(COMMIT, SLOT_BYTES),
  };
}

function readLabel(bytes: Buffer): string {
  const length = bytes.readUInt8(AT.labelLength);
  const field = bytes.subarray(AT.label, AT.label + MAX_LABEL_BYTES);
  if (length > MAX_LABEL_BYTES || field.subarray(length).some((byte) => byte !== 0)) throw damaged("slots");
  return asLabel(field.subarray(0, length));
}

export const slotId = (slot: Pick<SlotIdentity, "id">): string => slot.id.toString("hex");

/** A slot as administrators see it. */
export function slotInfo(slot: SlotIdentity): SlotInfo {
  const { kind, label, kdf } = slot;
  return { id: slotId(slot), kind, label, kdfMemoryKib: kdf.memoryKib, kdfPasses: kdf.passes };
}
