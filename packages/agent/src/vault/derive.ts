import sodium from "sodium-native";

export const KEY_BYTES = 32;
const LABEL_BYTES = 16;

/** One label for each purpose: two keys of different purposes are never the same bytes. */
const label = (purpose: string): Buffer => {
  const bytes = Buffer.alloc(LABEL_BYTES);
  bytes.write(`sotto/1 ${purpose}`, "latin1");
  return bytes;
};

const LABELS = {
  value: label("value"),
  header: label("header"),
  payload: label("payload"),
  commit: label("commit"),
  slot: label("slot"),
  wrap: label("wrap"),
  audit: label("audit"),
  "audit-id": label("audit-id"),
  seal: label("seal"),
} as const;

/**
 * BLAKE2b-256 keyed by `key` over label | context, into `target` (32 bytes of secure memory, or ordinary memory for
 * what the file shows anyway). Every part of a context has a fixed length, so that no two contexts run together.
 */
export function derive(
  target: Buffer,
  key: Buffer,
  purpose: keyof typeof LABELS,
  context: readonly Buffer[],
): void {
  sodium.crypto_generichash_batch(target, [LABELS[purpose], ...context], key);
}

/** Little-endian, 8 bytes. */
export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** `length` random bytes in ordinary memory: for what is not secret, such as ids, salts and nonces. */
export function randomPublic(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  sodium.randombytes_buf(bytes);
  return bytes;
}
