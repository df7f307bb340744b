import type { MemoryMode } from "@sotto/client/protocol";
import sodium from "sodium-native";
import type { Access, Platform } from "../platform/index.ts";
import { StartError } from "../start-error.ts";

/** What to do about memory that cannot be locked. */
export const RAISE_LIMIT = "raise the limit: ulimit -l, or LimitMEMLOCK= in the unit";

/** Bytes for keys and plaintext: never swapped, never dumped, wiped when destroyed. */
export class SecureBuffer {
  readonly #pages: Pages;
  #destroyed = false;

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  /** The bytes themselves. Throws once destroyed: use after free must never read what came later. */
  get bytes(): Buffer {
    if (this.#destroyed) throw new Error("secure buffer used after it was destroyed");
    return this.#pages.bytes;
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Allows the process itself no access, reading, or reading and writing. */
  protect(access: Access): void {
    this.#pages.protect(access);
  }

  /** Fills with zeros and leaves it usable. */
  wipe(): void {
    sodium.sodium_memzero(this.bytes);
  }

  /** Wipes for good. The pages themselves are kept by the allocator and used again. */
  destroy(): void {
    if (this.#destroyed) return;
    this.protect("write");
    this.wipe();
    this.#destroyed = true;
    this.#pages.recycle();
  }
}

interface Pages {
  readonly bytes: Buffer;
  protect(access: Access): void;
  recycle(): void;
}

type Allocator = (size: number) => Omit<Pages, "recycle"> | undefined;

/**
 * The agent's only source of memory for keys and plaintext. Pages come from the kernel's secret memory where it
 * has some, else from sodium's guarded and locked memory; `mode` says truthfully which. Pages are never given back
 * to the system but used again by size, so that their number stays bounded.
 */
export class SecureMemory {
  readonly mode: MemoryMode;
  readonly #allocate: Allocator;
  readonly #spare = new Map<number, Omit<Pages, "recycle">[]>();

  constructor(platform: Platform) {
    const { mode, allocate } = chooseAllocator(platform);
    this.mode = mode;
    this.#allocate = allocate;
  }

  /** A zeroed buffer of `size` bytes; undefined when the system's limit for locked memory is used up. */
  tryAllocate(size: number): SecureBuffer | undefined {
    const spare = this.#spare.get(size) ?? [];
    this.#spare.set(size, spare);
    const pages = spare.pop() ?? this.#allocate(size);
    return pages && new SecureBuffer({ ...pages, recycle: () => void spare.push(pages) });
  }

  /** Like `tryAllocate`, and throws a `StartError` where that gives undefined. For what the agent takes once, at its start. */
  allocate(size: number): SecureBuffer {
    const buffer = this.tryAllocate(size);
    if (buffer === undefined) throw new StartError(2, "too little memory can be locked here", RAISE_LIMIT);
    return buffer;
  }
}

/** Probes with one page: a kernel may lack memfd_secret, a limit may forbid locking. */
function chooseAllocator(platform: Platform): { mode: MemoryMode; allocate: Allocator } {
  if (platform.secretPages(1)) return { mode: "secret", allocate: (size) => platform.secretPages(size) };
  if (isLocked(sodiumPages(1).bytes)) return { mode: "locked", allocate: lockedPages };
  return { mode: "weak", allocate: sodiumPages };
}

/** sodium_malloc passes over a failed mlock in silence; only sodium_mlock throws. */
function isLocked(bytes: Buffer): boolean {
  try {
    sodium.sodium_mlock(bytes);
    return true;
  } catch {
    return false;
  }
}

function lockedPages(size: number): Omit<Pages, "recycle"> | undefined {
  const pages = sodiumPages(size);
  return isLocked(pages.bytes) ? pages : undefined;
}

const SODIUM_PROTECT: Readonly<Record<Access, (bytes: sodium.SecureBuffer) => void>> = {
  none: (bytes) => sodium.sodium_mprotect_noaccess(bytes),
  read: (bytes) => sodium.sodium_mprotect_readonly(bytes),
  write: (bytes) => sodium.sodium_mprotect_readwrite(bytes),
};

function sodiumPages(size: number): Omit<Pages, "recycle"> {
  const bytes = sodium.sodium_malloc(size);
  sodium.sodium_memzero(bytes); // sodium fills it with 0xdb
  return { bytes, protect: (access) => SODIUM_PROTECT[access](bytes) };
}
