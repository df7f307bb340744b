import sodium from "sodium-native";

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha). */
export const NONCE_BYTES = 24;
export const TAG_BYTES = 16;

/** Encrypts `plain` into `target`, 16 bytes longer; both may start at the same place. */
export function encrypt(target: Buffer, plain: Buffer, data: Buffer, nonce: Buffer, key: Buffer): void {
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(target, plain, data, null, nonce, key);
}

/** Decrypts `sealed` into `target`, 16 bytes shorter; false when the tag is wrong. */
export function decrypt(target: Buffer, sealed: Buffer, data: Buffer, nonce: Buffer, key: Buffer): boolean {
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(target, null, sealed, data, nonce, key);
    return true;
  } catch {
    return false;
  }
}
