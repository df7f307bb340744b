import type { SecureBuffer, SecureMemory } from "./secure-memory.ts";

type Use = (block: SecureBuffer) => void;

interface PoolOptions {
  readonly blockBytes: number;
  /** Blocks that are there from the start. */
  readonly initial: number;
  /** Blocks more that only administrators get, when there are no others. */
  readonly reserved: number;
}

/**
 * Blocks of secure memory, one for each connection. Locked memory is scarce (the limit is often 8 MiB): when it is
 * used up, a connection waits for the block of another instead of failing or falling back to ordinary memory.
 * A few blocks are kept for administrators: jobs that wait for the unlock must not keep out who would unlock.
 */
export class BlockPool {
  readonly #memory: SecureMemory;
  readonly #options: PoolOptions;
  readonly #free: SecureBuffer[] = [];
  readonly #reserved: SecureBuffer[] = [];
  readonly #waiting: Use[] = [];
  readonly #waitingAdministrators: Use[] = [];

  /** Throws a `StartError` where not even the first blocks can be had. */
  constructor(memory: SecureMemory, options: PoolOptions) {
    this.#memory = memory;
    this.#options = options;
    for (let i = 0; i < options.initial; i++) this.#free.push(memory.allocate(options.blockBytes));
    for (let i = 0; i < options.reserved; i++) this.#reserved.push(memory.allocate(options.blockBytes));
  }

  /** Hands a zeroed block to `use`, now or when one is given back. */
  take(use: Use, { administrator }: { administrator: boolean }): void {
    const block = this.#free.pop() ?? this.#memory.tryAllocate(this.#options.blockBytes);
    const granted = block ?? (administrator ? this.#reserved.pop() : undefined);
    if (granted !== undefined) use(granted);
    else (administrator ? this.#waitingAdministrators : this.#waiting).push(use);
  }

  /** Wipes a block and hands it to whoever waits longest, administrators first; else the reserve is filled up first. */
  give(block: SecureBuffer): void {
    block.wipe();
    const administrator = this.#waitingAdministrators.shift();
    if (administrator !== undefined) return administrator(block);
    if (this.#reserved.length < this.#options.reserved) return void this.#reserved.push(block);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(block);
    else next(block);
  }
}
