import type { SecureBuffer, SecureMemory } from "./secure-memory.ts";

type Use = (block: SecureBuffer) => void;

/**
 * Blocks of secure memory, one for each connection. Locked memory is scarce (the limit is often 8 MiB): when it is
 * used up, a connection waits for the block of another instead of failing or falling back to ordinary memory.
 */
export class BlockPool {
  readonly #memory: SecureMemory;
  readonly #blockBytes: number;
  readonly #free: SecureBuffer[] = [];
  readonly #waiting: Use[] = [];

  constructor(memory: SecureMemory, blockBytes: number) {
    this.#memory = memory;
    this.#blockBytes = blockBytes;
  }

  /** Hands a zeroed block to `use`, now or when one is given back. */
  take(use: Use): void {
    const block = this.#free.pop() ?? this.#memory.tryAllocate(this.#blockBytes);
    if (block === undefined) this.#waiting.push(use);
    else use(block);
  }

  /** Wipes a block and hands it to whoever waits longest. */
  give(block: SecureBuffer): void {
    block.wipe();
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(block);
    else next(block);
  }
}
