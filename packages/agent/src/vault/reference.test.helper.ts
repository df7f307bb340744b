/*
 * A second reader and writer, made from VAULT.md alone and from no code beside it: what it reads, another language
 * could read. Tests use it to look inside a vault, and to forge vaults that are wrong in one thing only.
 */
import { pack, unpack } from "@sotto/client/protocol";
import sodium from "sodium-native";

const SLOTS = 90;
const SLOT = 243;
const KEPT = 1024;

/** The length of the slot that begins at `at`: its type says it. */
const slotLength = (file: Buffer, at: number): number =>
  file[at] === 17 || file[at] === 18 ? SLOT + KEPT : SLOT;

export function slotAt(file: Buffer, index: number): Buffer {
  let at = SLOTS;
  for (let i = 0; i < index; i++) at += slotLength(file, at);
  return file.subarray(at, at + slotLength(file, at));
}

export const headerLengthOf = (file: Buffer): number => file.readUInt32LE(12);
export const payloadOf = (file: Buffer): Buffer => file.subarray(headerLengthOf(file));

export function blake(key: Buffer | undefined, ...parts: Buffer[]): Buffer {
  const out = Buffer.alloc(32);
  sodium.crypto_generichash_batch(out, parts, key);
  return out;
}

const label = (purpose: string): Buffer =>
  Buffer.concat([Buffer.from(`sotto/1 ${purpose}`), Buffer.alloc(16)], 16);

function open(sealed: Buffer, data: Buffer, nonce: Buffer, key: Buffer): Buffer {
  const plain = Buffer.alloc(sealed.length - 16);
  sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, sealed, data, nonce, key);
  return plain;
}

function seal(plain: Buffer, data: Buffer, nonce: Buffer, key: Buffer): Buffer {
  const sealed = Buffer.alloc(plain.length + 16);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plain, data, null, nonce, key);
  return sealed;
}

export function kekOf(slot: Buffer, passphrase: Buffer): Buffer {
  const kek = Buffer.alloc(32);
  const [passes, memory] = [slot.readUInt32LE(83), slot.readUInt32LE(87) * 1024];
  const { crypto_pwhash_ALG_ARGON2ID13: algorithm } = sodium;
  sodium.crypto_pwhash(kek, passphrase, slot.subarray(91, 107), passes, memory, algorithm);
  return kek;
}

export const commitOf = (kek: Buffer): Buffer => blake(kek, label("commit"));

/** The public key of a slot: the payload holds it. */
export function publicKeyOf(kek: Buffer): Buffer {
  const publicKey = Buffer.alloc(32);
  sodium.crypto_scalarmult_base(publicKey, blake(kek, label("slot")));
  return publicKey;
}

/** The file key out of a slot. */
export function unwrap(file: Buffer, index: number, kek: Buffer): Buffer {
  const slot = slotAt(file, index);
  const secretKey = blake(kek, label("slot"));
  const [publicKey, shared] = [Buffer.alloc(32), Buffer.alloc(32)];
  const ephemeral = slot.subarray(107, 139);
  sodium.crypto_scalarmult_base(publicKey, secretKey);
  sodium.crypto_scalarmult(shared, secretKey, ephemeral);
  const key = blake(shared, label("wrap"), ephemeral, publicKey);
  const data = Buffer.concat([file.subarray(24, 40), slot.subarray(1, 17)]);
  return open(slot.subarray(163, 211), data, slot.subarray(139, 163), key);
}

/** Wraps a file key for a slot whose KEK is known, in place. */
export function rewrap(file: Buffer, index: number, kek: Buffer, fileKey: Buffer): void {
  const slot = slotAt(file, index);
  const secretKey = blake(kek, label("slot"));
  const [publicKey, shared, ephemeralSecret] = [Buffer.alloc(32), Buffer.alloc(32), Buffer.alloc(32, 7)];
  const ephemeral = slot.subarray(107, 139);
  sodium.crypto_scalarmult_base(publicKey, secretKey);
  sodium.crypto_scalarmult_base(ephemeral, ephemeralSecret);
  sodium.crypto_scalarmult(shared, ephemeralSecret, publicKey);
  const key = blake(shared, label("wrap"), ephemeral, publicKey);
  const data = Buffer.concat([file.subarray(24, 40), slot.subarray(1, 17)]);
  seal(fileKey, data, slot.subarray(139, 163), key).copy(slot, 163);
}

export function saveKey(file: Buffer, purpose: "header" | "payload", fileKey: Buffer): Buffer {
  return blake(fileKey, label(purpose), file.subarray(24, 40), file.subarray(40, 48), file.subarray(66, 90));
}

/** The payload's plaintext, padding included. */
export function openPlain(file: Buffer, fileKey: Buffer): Buffer {
  const header = file.subarray(0, headerLengthOf(file));
  const mac = blake(saveKey(file, "header", fileKey), header.subarray(0, -32));
  if (!mac.equals(header.subarray(-32))) throw new Error("mac");
  return open(payloadOf(file), header, file.subarray(66, 90), saveKey(file, "payload", fileKey));
}

export function documentOf(plain: Buffer): Buffer {
  return plain.subarray(4, 4 + plain.readUInt32LE());
}

export function pad(document: Buffer): Buffer {
  const plain = Buffer.alloc(Math.ceil((4 + document.length) / 4096) * 4096);
  plain.writeUInt32LE(document.length);
  document.copy(plain, 4);
  return plain;
}

/** The checksum made right again after an edit of the header. */
export function withChecksum(file: Buffer, edit: (file: Buffer) => void): Buffer {
  const copy = Buffer.from(file);
  edit(copy);
  const length = headerLengthOf(copy);
  if (length <= copy.length) blake(undefined, copy.subarray(0, length - 64)).copy(copy, length - 64);
  return copy;
}

/**
 * A file that is right in everything but the edits: `header` may also change lengths and slots, `plain` is the padded
 * payload. Checksum, MAC and payload are made anew.
 */
export function forge(
  file: Buffer,
  fileKey: Buffer,
  edits: { header?: (header: Buffer) => Buffer | undefined; plain?: Buffer },
): Buffer {
  const plain = edits.plain ?? openPlain(file, fileKey);
  const old = Buffer.from(file.subarray(0, headerLengthOf(file)));
  const header = edits.header?.(old) ?? old;
  header.writeUInt32LE(header.length, 12);
  header.writeBigUInt64LE(BigInt(header.length + plain.length + 16), 16);
  blake(undefined, header.subarray(0, -64)).copy(header, header.length - 64);
  blake(saveKey(header, "header", fileKey), header.subarray(0, -32)).copy(header, header.length - 32);
  const sealed = seal(plain, header, header.subarray(66, 90), saveKey(header, "payload", fileKey));
  return Buffer.concat([header, sealed]);
}

/** Unseals a value. */
export function openValue(
  file: Buffer,
  fileKey: Buffer,
  secretId: Buffer,
  version: number,
  sealed: Buffer,
): Buffer {
  const key = blake(fileKey, label("value"), file.subarray(24, 40));
  const count = Math.max(1, Math.ceil(sealed.length / 8232));
  const parts = Array.from({ length: count }, (_, i) => {
    const chunk = sealed.subarray(i * 8232, (i + 1) * 8232);
    const tail = Buffer.alloc(13);
    tail.writeBigUInt64LE(BigInt(version), 0);
    tail.writeUInt32LE(i, 8);
    tail.writeUInt8(i === count - 1 ? 1 : 0, 12);
    const data = Buffer.concat([file.subarray(24, 40), secretId, tail]);
    return open(chunk.subarray(24), data, chunk.subarray(0, 24), key);
  });
  return Buffer.concat(parts);
}

/** The payload with other fields, as msgpack. */
export function packed(fields: Record<string, unknown>): Buffer {
  const plain = (value: unknown): unknown => {
    if (value instanceof Map)
      return Object.fromEntries([...(value as Map<string, unknown>)].map(([key, one]) => [key, plain(one)]));
    return Array.isArray(value) ? value.map(plain) : value;
  };
  return pack(plain(new Map(Object.entries(fields))));
}

/** A decoded map. */
export type Fields = Record<string, unknown>;
export const decode = (bytes: Buffer): Fields =>
  Object.fromEntries(unpack(bytes, { binary: true, maxDepth: 5 }));

/** File key and payload of a vault, by the passphrase of its first slot. */
export function inside(file: Buffer, passphrase: string): { fileKey: Buffer; payload: Fields } {
  const fileKey = unwrap(file, 0, kekOf(slotAt(file, 0), Buffer.from(passphrase)));
  return { fileKey, payload: decode(documentOf(openPlain(file, fileKey))) };
}
