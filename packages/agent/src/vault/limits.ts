import { MAX_PAYLOAD_BYTES } from "@sotto/client/protocol";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes of plaintext in one sealed chunk of a value; the last chunk may be shorter. Part of the format. */
export const CHUNK_BYTES = 8 * KIB;
/** Longest value of a secret, in bytes. */
export const MAX_VALUE_BYTES = MAX_PAYLOAD_BYTES;
/** Largest vault file, in bytes: judged before anything is allocated. */
export const MAX_VAULT_BYTES = 256 * MIB;

/** Cost of one Argon2id run: `memoryKib` in KiB, `passes` over it. */
export interface KdfParameters {
  readonly memoryKib: number;
  readonly passes: number;
}

/** What new slots get unless the configuration says otherwise. */
export const KDF_DEFAULT: KdfParameters = { memoryKib: 256 * KIB, passes: 3 };
/** Anything below is `weak-kdf`. */
export const KDF_FLOOR: KdfParameters = { memoryKib: 64 * KIB, passes: 3 };
/** Anything above is refused: a forged header must not exhaust the machine. */
export const KDF_CEILING: KdfParameters = { memoryKib: MIB, passes: 10 };
/** What Argon2id itself cannot go below (RFC 9106, section 3.1): refused even when a weak slot is let through. */
export const KDF_MINIMUM: KdfParameters = { memoryKib: 8, passes: 1 };

/** Slots that a file may hold. */
export const MAX_SLOTS = 16;
/** Slots of one kind that are tried for an unlock, each for one Argon2id run; so many of a kind can be made. */
export const MAX_SLOTS_TRIED = 4;
