import sodium from "sodium-native";
import { NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import { damaged } from "./damage.ts";
import { AgentError } from "../errors.ts";
import { KEY_BYTES } from "./derive.ts";
import { MAX_SLOTS } from "./limits.ts";
import type { SlotRecord } from "./slot.ts";
import { readSlot, SLOT_BYTES, slotId, slotLength, slotLengthOf, writeSlot } from "./slot.ts";

/** "SOTTO" and what text tools and broken transfers would change: a byte above 127, CR and LF (as PNG does). */
const MAGIC = Buffer.from([0x53, 0x4f, 0x54, 0x54, 0x4f, 0xf5, 0x0d, 0x0a]);
const FORMAT_VERSION = 1;
const XCHACHA20_POLY1305 = 1;

// Offsets in bytes; integers are little endian. VAULT.md repeats them.
const AT = { magic: 0, version: 8, flags: 10, headerLength: 12, fileLength: 16, vaultId: 24 } as const;
const LATER = { generation: 40, created: 48, saved: 56, aead: 64, slotCount: 65, payloadNonce: 66 } as const;
const SLOTS = LATER.payloadNonce + NONCE_BYTES;
/** Checksum and MAC, at the end of the header. */
const TRAILER_BYTES = 2 * KEY_BYTES;
const MAX_HEADER_BYTES = 64 * 1024;
/** The payload is padded to a multiple of this before it is encrypted. */
export const PAYLOAD_BLOCK = 4096;
const MIN_HEADER_BYTES = SLOTS + SLOT_BYTES + TRAILER_BYTES;
export const MIN_VAULT_BYTES = MIN_HEADER_BYTES + PAYLOAD_BLOCK + TAG_BYTES;
/** Enough of a file to say which vault it is and how old. */
export const STAMP_BYTES = SLOTS;

/** Which vault, and which save of it. */
export interface Stamp {
  /** 16 bytes. */
  readonly vaultId: Buffer;
  /** Counts the saves, from 1. */
  readonly generation: number;
}

export interface Header extends Stamp {
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly saved: number;
  readonly payloadNonce: Buffer;
  readonly slots: readonly SlotRecord[];
}

/** How many bytes a header with these slots takes. */
export const headerLength = (slots: readonly Pick<SlotRecord, "kept">[]): number =>
  slots.reduce((sum, slot) => sum + slotLength(slot), SLOTS + TRAILER_BYTES);

/** Writes a header and its checksum to the start of `file`, which is zero; the MAC is left to its owner. */
export function writeHeader(file: Buffer, header: Header): Buffer {
  const bytes = file.subarray(0, headerLength(header.slots));
  MAGIC.copy(bytes, AT.magic);
  bytes.writeUInt16LE(FORMAT_VERSION, AT.version);
  bytes.writeUInt32LE(bytes.length, AT.headerLength);
  bytes.writeBigUInt64LE(BigInt(file.length), AT.fileLength);
  header.vaultId.copy(bytes, AT.vaultId);
  bytes.writeBigUInt64LE(BigInt(header.generation), LATER.generation);
  bytes.writeBigUInt64LE(BigInt(header.created), LATER.created);
  bytes.writeBigUInt64LE(BigInt(header.saved), LATER.saved);
  bytes.writeUInt8(XCHACHA20_POLY1305, LATER.aead);
  bytes.writeUInt8(header.slots.length, LATER.slotCount);
  header.payloadNonce.copy(bytes, LATER.payloadNonce);
  let at = SLOTS;
  for (const slot of header.slots) {
    writeSlot(bytes.subarray(at), slot);
    at += slotLength(slot);
  }
  checksum(bytes).copy(bytes, bytes.length - TRAILER_BYTES);
  return bytes;
}

/**
 * Reads and judges the header of a whole file, without any key. Throws `vault-damaged` with the first reason of
 * `magic version flags length checksum slots kdf schema`. Buffers of the result are views into `file`.
 */
export function readHeader(file: Buffer): Header & { readonly bytes: Buffer } {
  const bytes = frame(file);
  const count = bytes.readUInt8(LATER.slotCount);
  if (bytes.readUInt8(LATER.aead) !== XCHACHA20_POLY1305) throw damaged("flags");
  if (count < 1 || count > MAX_SLOTS) throw damaged("slots");
  const slots = slotParts(bytes.subarray(SLOTS, -TRAILER_BYTES), count).map(readSlot);
  if (new Set(slots.map(slotId)).size !== count) throw damaged("slots");
  return {
    ...stampOf(bytes),
    created: safeInteger(bytes, LATER.created),
    saved: safeInteger(bytes, LATER.saved),
    payloadNonce: bytes.subarray(LATER.payloadNonce, SLOTS),
    slots,
    bytes,
  };
}

/** Cuts the slots apart; the type of each says how long it is. Throws `vault-damaged` (`length`) unless they fill the area. */
function slotParts(area: Buffer, count: number): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (parts.length < count) {
    const end = at + slotLengthOf(area[at] ?? 0);
    parts.push(area.subarray(at, end));
    at = end;
  }
  if (at !== area.length) throw damaged("length");
  return parts;
}

/** The header's bytes, once its outer form and its checksum have proved right. */
function frame(file: Buffer): Buffer {
  if (file.length < MIN_VAULT_BYTES) throw damaged("length");
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged("magic");
  const needsVersion = file.readUInt16LE(AT.version);
  if (needsVersion !== FORMAT_VERSION)
    throw new AgentError("vault-damaged", { details: { reason: "version", needsVersion } });
  if (file.readUInt16LE(AT.flags) !== 0) throw damaged("flags");
  const length = file.readUInt32LE(AT.headerLength);
  if (length < MIN_HEADER_BYTES || length > MAX_HEADER_BYTES) throw damaged("length");
  if (file.readBigUInt64LE(AT.fileLength) !== BigInt(file.length)) throw damaged("length");
  const payload = file.length - length - TAG_BYTES;
  if (payload < PAYLOAD_BLOCK || payload % PAYLOAD_BLOCK !== 0) throw damaged("length");
  const bytes = file.subarray(0, length);
  if (!checksum(bytes).equals(bytes.subarray(length - TRAILER_BYTES, length - KEY_BYTES)))
    throw damaged("checksum");
  return bytes;
}

/**
 * Vault and generation as the first bytes of a file claim them, for comparing before a save.
 * Throws `vault-damaged` for what is no vault.
 */
export function readStamp(start: Buffer): Stamp {
  if (start.length < STAMP_BYTES || !start.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged("magic");
  return stampOf(start);
}

function stampOf(bytes: Buffer): Stamp {
  const generation = safeInteger(bytes, LATER.generation);
  if (generation === 0) throw damaged("schema");
  return { vaultId: bytes.subarray(AT.vaultId, LATER.generation), generation };
}

function safeInteger(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw damaged("schema");
  return value;
}

/** The part of a header that its MAC covers: everything before it. */
export const beforeMac = (header: Buffer): Buffer => header.subarray(0, header.length - KEY_BYTES);
/** The MAC itself. */
export const macOf = (header: Buffer): Buffer => header.subarray(header.length - KEY_BYTES);

/**
 * Unkeyed BLAKE2b-256 over the header up to the checksum. It keeps nobody out; it tells damage, wherever in the
 * header, from a wrong passphrase before any key derivation is run.
 */
function checksum(header: Buffer): Buffer {
  const sum = Buffer.alloc(KEY_BYTES);
  sodium.crypto_generichash(sum, header.subarray(0, header.length - TRAILER_BYTES));
  return sum;
}
