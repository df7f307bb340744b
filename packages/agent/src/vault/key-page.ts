import sodium from "sodium-native";
import { AgentError } from "../errors.ts";
import type { SecureBuffer, SecureMemory } from "../memory/secure-memory.ts";
import { derive, KEY_BYTES } from "./derive.ts";

/** The keys of an open vault. Views into the key page: valid only inside `use`. */
export interface Keys {
  /** Random; every slot wraps it, and the keys of each save come from it. */
  readonly file: Buffer;
  /** Seals the values; derived from the file key. */
  readonly value: Buffer;
  /** Seals values that are still arriving. Random for each unlock and never saved. */
  readonly pending: Buffer;
  /** Makes the codes of the audit's checkpoints; derived from the file key. */
  readonly audit: Buffer;
}

const KEYS = 4;
/** Bytes of secure memory that one key page takes. */
export const KEY_PAGE_BYTES = KEYS * KEY_BYTES;

/**
 * How long the page stays readable after a use, in milliseconds. To close it at once would be better still, but each
 * change of protection interrupts every processor that this process has run on: on virtual machines that costs more
 * than all the rest of a fetch.
 */
const CLOSE_AFTER_MS = 5;

/** All keys on one page, to which the process itself has no access except for a moment around a use. */
export class KeyPage {
  readonly #page: SecureBuffer;
  readonly #keys: Keys;
  #readable = false;
  #usedSinceTimer = false;

  /** Throws `busy` when no locked memory is left. */
  constructor(memory: SecureMemory) {
    const page = memory.tryAllocate(KEY_PAGE_BYTES);
    if (page === undefined) throw new AgentError("busy");
    this.#page = page;
    const part = (index: number): Buffer => page.bytes.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES);
    this.#keys = { file: part(0), value: part(1), pending: part(2), audit: part(3) };
    sodium.randombytes_buf(this.#keys.pending);
    page.protect("none");
  }

  /** Sets the file key by letting `fill` write it in place, and derives the others. Returns what `fill` returned. */
  fill<T>(vaultId: Buffer, fill: (fileKey: Buffer) => T): T {
    return this.#write((keys) => {
      const result = fill(keys.file);
      derive(keys.value, keys.file, "value", [vaultId]);
      derive(keys.audit, keys.file, "audit", [vaultId]);
      return result;
    });
  }

  /** Takes over the pending key of the page that this one replaces: values that are arriving go on. */
  inheritPending(from: KeyPage): void {
    from.use((old) => this.#write((keys) => void old.pending.copy(keys.pending)));
  }

  /** Runs `work`, synchronously, with access to the keys. Throws `locked` once destroyed. */
  use<T>(work: (keys: Keys) => T): T {
    if (this.destroyed) throw new AgentError("locked");
    this.#usedSinceTimer = true;
    if (!this.#readable) this.#openForReading();
    return work(this.#keys);
  }

  get destroyed(): boolean {
    return this.#page.destroyed;
  }

  /** Wipes the keys: one page, whatever the size of the vault. */
  destroy(): void {
    this.#page.destroy();
  }

  #openForReading(): void {
    this.#page.protect("read");
    this.#readable = true;
    setTimeout(() => this.#closeIfIdle(), CLOSE_AFTER_MS).unref();
  }

  #closeIfIdle(): void {
    if (this.destroyed) return;
    if (this.#usedSinceTimer) {
      this.#usedSinceTimer = false;
      setTimeout(() => this.#closeIfIdle(), CLOSE_AFTER_MS).unref();
      return;
    }
    this.#readable = false;
    this.#page.protect("none");
  }

  #write<T>(work: (keys: Keys) => T): T {
    if (this.destroyed) throw new AgentError("locked");
    this.#page.protect("write");
    try {
      return work(this.#keys);
    } finally {
      this.#page.protect(this.#readable ? "read" : "none");
    }
  }
}
