import sodium from "sodium-native";

/** Crockford's base32: no I, L, O, U (https://www.crockford.com/base32.html). */
const ALPHABET = Buffer.from("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "latin1");
const SYMBOLS = 28; // 140 random bits
const GROUP = 4;
const [DASH, SPACE] = [0x2d, 0x20];
/** Length of a recovery code as it is shown, in bytes: seven groups of four with dashes between them. */
export const RECOVERY_CODE_BYTES = SYMBOLS + SYMBOLS / GROUP - 1;

/** Writes a new recovery code into `target`, secure memory of `RECOVERY_CODE_BYTES`. It never is a string. */
export function writeRecoveryCode(target: Buffer): void {
  sodium.randombytes_buf(target);
  for (let i = 0; i < target.length; i++)
    target[i] = i % (GROUP + 1) === GROUP ? DASH : (ALPHABET[(target[i] ?? 0) & 31] ?? 0);
}

/**
 * Writes the code that a person typed into `target`, which is at least as long, the way it is given to the key
 * derivation: upper case, without dashes and spaces, O read as 0, I and L as 1. Returns the length in bytes.
 * What is in no code at all stays: it is then simply a wrong one.
 */
export function normaliseRecoveryCode(typed: Buffer, target: Buffer): number {
  let length = 0;
  for (const byte of typed) {
    if (byte === DASH || byte === SPACE) continue;
    target[length++] = canonical(byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);
  }
  return length;
}

function canonical(upper: number): number {
  if (upper === 0x4f) return 0x30; // O
  return upper === 0x49 || upper === 0x4c ? 0x31 : upper; // I, L
}
