import sodium from "sodium-native";
import { decrypt, encrypt, NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import { CHUNK_BYTES } from "./limits.ts";

/** What a sealed value belongs to: under another binding it does not open. */
export interface Binding {
  /** 16 bytes. */
  readonly vaultId: Buffer;
  /** 16 bytes. */
  readonly secretId: Buffer;
  readonly version: number;
}

/** Which chunk of its value; `last` keeps a value from being cut short. */
export interface Position {
  readonly index: number;
  readonly last: boolean;
}

export const SEAL_OVERHEAD = NONCE_BYTES + TAG_BYTES;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + SEAL_OVERHEAD;

/** Chunks of a value of `size` bytes: even an empty one has a chunk, so that its emptiness is sealed too. */
export const chunkCount = (size: number): number => Math.max(1, Math.ceil(size / CHUNK_BYTES));

/** Length of a sealed value, in bytes. */
export const sealedLength = (size: number): number => size + chunkCount(size) * SEAL_OVERHEAD;

/** The sealed chunk at `index` of a sealed value. */
export const chunkOf = (sealed: Buffer, index: number): Buffer =>
  sealed.subarray(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES);

/** Seals a chunk of at most 8 KiB into `target`: nonce | ciphertext | tag. */
export function sealChunk(target: Buffer, plain: Buffer, key: Buffer, binding: Binding, at: Position): void {
  const nonce = target.subarray(0, NONCE_BYTES);
  sodium.randombytes_buf(nonce);
  encrypt(target.subarray(NONCE_BYTES), plain, associatedData(binding, at), nonce, key);
}

/** Unseals a chunk to the start of `target`. Returns its length in bytes; -1 when it is not what was sealed. */
export function openChunk(
  target: Buffer,
  sealed: Buffer,
  key: Buffer,
  binding: Binding,
  at: Position,
): number {
  const length = sealed.length - SEAL_OVERHEAD;
  if (length < 0 || length > target.length) return -1;
  const [nonce, rest] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const good = decrypt(target.subarray(0, length), rest, associatedData(binding, at), nonce, key);
  return good ? length : -1;
}

/** Filled anew for each chunk; nothing in it is secret, and no call overlaps another. */
const data = Buffer.alloc(16 + 16 + 8 + 4 + 1);

/** vault_id[16] | secret_id[16] | version u64 | chunk number u32 | last u8, little endian. */
function associatedData(binding: Binding, at: Position): Buffer {
  binding.vaultId.copy(data, 0);
  binding.secretId.copy(data, 16);
  data.writeBigUInt64LE(BigInt(binding.version), 32);
  data.writeUInt32LE(at.index, 40);
  data.writeUInt8(at.last ? 1 : 0, 44);
  return data;
}
