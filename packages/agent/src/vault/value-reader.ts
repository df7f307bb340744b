import { AgentError } from "../errors.ts";
import type { Secret, Version } from "./contents.ts";
import { damaged } from "./damage.ts";
import type { KeyPage } from "./key-page.ts";
import { chunkCount, chunkOf, openChunk } from "./seal.ts";
import type { Sealer } from "./value-writer.ts";

/** What a reader needs: the keys, and the form in which a version is sealed now, should the file key have changed. */
export interface Unsealer extends Sealer {
  readonly current: (version: Version) => Version;
}

/** Unseals a value chunk by chunk, straight to where it is wanted. */
export class ValueReader {
  /** Length of the value in bytes. */
  readonly length: number;
  readonly #secretId: Buffer;
  readonly #version: Version;
  readonly #unsealer: () => Unsealer;
  /** The key page when it began. */
  readonly #keys: KeyPage;
  #next = 0;

  constructor(secret: Secret, version: Version, unsealer: () => Unsealer) {
    this.#keys = unsealer().keys;
    this.length = version.size;
    this.#secretId = secret.id;
    this.#version = version;
    this.#unsealer = unsealer;
  }

  /**
   * Unseals the next chunk to the start of `target`, secure memory of at least `CHUNK_BYTES`. Returns its length,
   * 0 at the end. Throws `locked` once the vault is destroyed, `vault-damaged` (reason `payload`) for a bad chunk,
   * `conflict` when the value was removed and the file key changed since.
   */
  read(target: Buffer): number {
    const count = chunkCount(this.length);
    if (this.#next === count) return 0;
    const index = this.#next++;
    const { vaultId, keys, current } = this.#unsealer();
    const binding = { vaultId, secretId: this.#secretId, version: this.#version.number };
    const version = current(this.#version);
    if (version === this.#version && keys !== this.#keys) throw new AgentError("conflict");
    const sealed = chunkOf(version.sealed, index);
    const at = { index, last: index === count - 1 };
    const length = keys.use(({ value }) => openChunk(target, sealed, value, binding, at));
    if (length < 0) throw damaged("payload");
    return length;
  }
}
