import { TOKEN_CHARACTERS } from "@sotto/client/protocol";
import sodium from "sodium-native";
import { AgentError } from "../errors.ts";
import type { SecureBuffer, SecureMemory } from "../memory/secure-memory.ts";
import type { Token } from "./contents.ts";

/** Bytes of what a vault keeps of a token: BLAKE2b-256. A token is random enough to need no slow hash. */
export const TOKEN_HASH_BYTES = 32;

/** base64url (RFC 4648, section 5). */
const ALPHABET = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "latin1");
const SYMBOL_BITS = 0b11_1111;
/** 32 bytes end 2 bits before their last symbol does: what is left of it is always zero. */
const LAST_BITS = 0b11_1100;

/**
 * A new token, `TOKEN_CHARACTERS` in secure memory, which the caller destroys. Throws `busy` where no memory can be
 * locked for it. It is the base64url of 32 random bytes, made symbol by symbol in its place: those bytes, of which each
 * symbol shows six random bits, are nowhere at all, and nothing of it ever is a string.
 */
export function makeToken(memory: SecureMemory): SecureBuffer {
  const token = memory.tryAllocate(TOKEN_CHARACTERS);
  if (token === undefined) throw new AgentError("busy");
  const { bytes } = token;
  sodium.randombytes_buf(bytes);
  for (let i = 0; i < bytes.length; i++) {
    const bits = i === bytes.length - 1 ? LAST_BITS : SYMBOL_BITS;
    bytes[i] = ALPHABET[(bytes[i] ?? 0) & bits] ?? 0;
  }
  return token;
}

/** What is kept of a token, in ordinary memory: nobody gets from it back to the token. */
export function hashToken(token: Buffer): Buffer {
  const hash = Buffer.alloc(TOKEN_HASH_BYTES);
  sodium.crypto_generichash(hash, token);
  return hash;
}

/**
 * The token that these bytes are, whatever their form. All are compared, each in constant time, so that how long it
 * takes tells nothing about how near a guess came.
 */
export function findToken(tokens: readonly Token[], bytes: Buffer): Token | undefined {
  const hash = hashToken(bytes);
  let found: Token | undefined;
  for (const token of tokens) if (sodium.sodium_memcmp(hash, token.hash)) found = token;
  return found;
}
