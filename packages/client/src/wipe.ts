/** Fills bytes with 0. For every buffer that held a secret, a passphrase or a token, as soon as it was used. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}
