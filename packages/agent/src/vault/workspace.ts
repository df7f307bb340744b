import { AgentError } from "../errors.ts";
import type { SecureBuffer, SecureMemory } from "../memory/secure-memory.ts";
import { KEY_BYTES } from "./derive.ts";
import { CHUNK_BYTES } from "./limits.ts";

const KEYS = 5;
/** Bytes of secure memory that a workspace takes. */
export const WORKSPACE_BYTES = CHUNK_BYTES + KEYS * KEY_BYTES;

/**
 * Secure memory for what exists only during one synchronous call: a chunk in plaintext, derived keys.
 * Taken once when a vault is opened, so that no save fails for want of it; wiped after every use.
 */
export class Workspace {
  readonly #memory: SecureBuffer;

  /** Throws `busy` when no locked memory is left. */
  constructor(memory: SecureMemory) {
    const taken = memory.tryAllocate(WORKSPACE_BYTES);
    if (taken === undefined) throw new AgentError("busy");
    this.#memory = taken;
  }

  /** Room for one chunk of a value. */
  chunk<T>(work: (chunk: Buffer) => T): T {
    return this.#wiped(this.#bytes.subarray(0, CHUNK_BYTES), work);
  }

  /** Room for one derived key at `index` 0 to 4: calls nest when their indexes differ. */
  key<T>(index: 0 | 1 | 2 | 3 | 4, work: (key: Buffer) => T): T {
    const start = CHUNK_BYTES + index * KEY_BYTES;
    return this.#wiped(this.#bytes.subarray(start, start + KEY_BYTES), work);
  }

  destroy(): void {
    this.#memory.destroy();
  }

  get #bytes(): Buffer {
    if (this.#memory.destroyed) throw new AgentError("locked");
    return this.#memory.bytes;
  }

  #wiped<T>(part: Buffer, work: (part: Buffer) => T): T {
    try {
      return work(part);
    } finally {
      part.fill(0);
    }
  }
}
