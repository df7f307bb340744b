import type { SlotInfo, SlotKind } from "@sotto/client/protocol";
import { MAX_LABEL_BYTES } from "@sotto/client/protocol";
import { NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import { damaged } from "./damage.ts";
import { KEY_BYTES } from "./derive.ts";
import { judgeLimits, SALT_BYTES } from "./kdf.ts";
import type { KdfParameters } from "./limits.ts";
import { asLabel } from "./shapes.ts";

const ID_BYTES = 16;
const KINDS: Readonly<Record<SlotKind, number>> = {
  passphrase: 1,
  recovery: 2,
  "dpapi-user": 17,
  "dpapi-machine": 18,
};
/** Types of slots whose key the system keeps: what it made of the key follows them. */
const KEPT = new Set([KINDS["dpapi-user"], KINDS["dpapi-machine"]]);
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
  /** What the system made of the key that it keeps; nothing where a person keeps it. */
  readonly kept?: Buffer;
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
const KEPT_LENGTH_BYTES = 2;
/** Room for what a system makes of a key of 32 bytes: DPAPI takes some 200 to 300. */
export const MAX_KEPT_BYTES = 1022;

const length = (kept: boolean): number => SLOT_BYTES + (kept ? KEPT_LENGTH_BYTES + MAX_KEPT_BYTES : 0);

/** How many bytes a slot takes. */
export const slotLength = ({ kept }: Pick<SlotIdentity, "kept">): number => length(kept !== undefined);

/** How many bytes the slot takes whose type is this byte. */
export const slotLengthOf = (type: number): number => length(KEPT.has(type));

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
  if (slot.kept === undefined) return;
  target.writeUInt16LE(slot.kept.length, SLOT_BYTES);
  slot.kept.copy(target, SLOT_BYTES + KEPT_LENGTH_BYTES);
}

/** Reads the slot that `bytes` are; its buffers are views. Throws `vault-damaged`: `slots` or `kdf`. */
export function readSlot(bytes: Buffer): SlotRecord {
  const kind = (Object.keys(KINDS) as SlotKind[]).find((one) => KINDS[one] === bytes.readUInt8(AT.kind));
  if (kind === undefined) throw damaged("slots");
  if (bytes.readUInt8(AT.kdf) !== ARGON2ID) throw damaged("kdf");
  const kdf = { passes: bytes.readUInt32LE(AT.passes), memoryKib: bytes.readUInt32LE(AT.memory) };
  judgeLimits(kdf);
  const kept = bytes.length > SLOT_BYTES ? readKept(bytes.subarray(SLOT_BYTES)) : undefined;
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
    ...(kept && { kept }),
  };
}

function readKept(field: Buffer): Buffer {
  const end = KEPT_LENGTH_BYTES + field.readUInt16LE();
  const rest = field.subarray(end);
  if (end === KEPT_LENGTH_BYTES || end > field.length || rest.some((byte) => byte !== 0))
    throw damaged("slots");
  return field.subarray(KEPT_LENGTH_BYTES, end);
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
