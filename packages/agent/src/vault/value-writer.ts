import { AgentError } from "../errors.ts";
import { randomPublic } from "./derive.ts";
import type { KeyPage } from "./key-page.ts";
import { CHUNK_BYTES, MAX_VALUE_BYTES } from "./limits.ts";
import type { Binding, Position } from "./seal.ts";
import { openChunk, SEAL_OVERHEAD, sealChunk } from "./seal.ts";
import type { Workspace } from "./workspace.ts";

/** What the writer and the reader of values need of an open vault; asked anew each time, for a lock may have come. */
export interface Sealer {
  readonly vaultId: Buffer;
  readonly keys: KeyPage;
  readonly workspace: Workspace;
}

/** A value that has arrived whole, sealed under a key that only this unlock knows. */
export interface PendingValue {
  /** Length in bytes. */
  readonly size: number;
  /** At least one; of 8 KiB each, the last one shorter. */
  readonly chunks: readonly Buffer[];
  readonly binding: Binding;
}

/** Where a chunk of an incoming value stands. Which one will be the last is not known yet. */
export const pendingPosition = (index: number): Position => ({ index, last: false });

/**
 * Seals a value while it arrives, in parts of any length. Between two calls nothing of it is in plaintext anywhere:
 * a chunk that is not full yet is sealed too, and opened again, in secure memory, to be filled up.
 */
export class ValueWriter {
  readonly #sealer: () => Sealer;
  readonly #binding: Binding;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #closed = false;

  constructor(sealer: () => Sealer) {
    this.#sealer = sealer;
    this.#binding = { vaultId: sealer().vaultId, secretId: randomPublic(16), version: 0 };
  }

  /** Takes the next bytes; the caller wipes its own copy. Throws `too-large` above 1 MiB, `locked` after a lock. */
  write(part: Buffer): void {
    if (this.#closed) throw new Error("value written to after its end");
    if (this.#size + part.length > MAX_VALUE_BYTES) throw new AgentError("too-large");
    for (let at = 0; at < part.length;) at += this.#writeChunk(part.subarray(at));
  }

  /** The value is complete. Throws `locked` after a lock. */
  finish(): PendingValue {
    if (this.#size === 0) this.#writeChunk(Buffer.alloc(0)); // an empty value is one empty chunk
    this.#closed = true;
    return { size: this.#size, chunks: this.#chunks, binding: this.#binding };
  }

  /** The value will never be complete. */
  abort(): void {
    this.#closed = true;
    this.#chunks.length = 0;
  }

  /** Fills up the last chunk, or begins another. Returns how many bytes that took. */
  #writeChunk(bytes: Buffer): number {
    const filled = this.#size % CHUNK_BYTES;
    const index = Math.floor(this.#size / CHUNK_BYTES);
    const taken = Math.min(bytes.length, CHUNK_BYTES - filled);
    const { keys, workspace } = this.#sealer();
    const sealed = Buffer.allocUnsafe(filled + taken + SEAL_OVERHEAD);
    keys.use(({ pending }) => {
      if (filled === 0) return this.#seal(sealed, bytes.subarray(0, taken), pending, index);
      workspace.chunk((chunk) => {
        const known = this.#chunks[index] ?? Buffer.alloc(0);
        if (openChunk(chunk, known, pending, this.#binding, pendingPosition(index)) !== filled)
          throw new AgentError("internal");
        bytes.copy(chunk, filled, 0, taken);
        this.#seal(sealed, chunk.subarray(0, filled + taken), pending, index);
      });
    });
    this.#chunks[index] = sealed;
    this.#size += taken;
    return taken;
  }

  #seal(target: Buffer, plain: Buffer, key: Buffer, index: number): void {
    sealChunk(target, plain, key, this.#binding, pendingPosition(index));
  }
}
