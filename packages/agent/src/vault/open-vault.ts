import { AgentError } from "../errors.ts";
import { EMPTY_CONTENTS } from "./contents.ts";
import type { Version } from "./contents.ts";
import type { VaultDeps } from "./deps.ts";
import { checkImage, draftImage, sealImage } from "./image.ts";
import type { KeyPage } from "./key-page.ts";
import { newKeys } from "./new-vault.ts";
import type { VaultParts } from "./unlock.ts";
import type { Unsealer } from "./value-reader.ts";
import type { Workspace } from "./workspace.ts";

export interface Saved {
  /** False: in force and saved, and yet a crash of the machine could undo it. */
  readonly durable: boolean;
}

/** What changes with a save, all at once. */
export type Current = Pick<VaultParts, "contents" | "slots" | "keys">;

/**
 * What is in memory of an open vault, and how it is saved: one change after the other, and memory follows the disk only once
 * the new vault is in place. After `destroy` everything throws `locked`.
 */
export class OpenVault {
  readonly deps: VaultDeps;
  readonly vaultId: Buffer;
  readonly workspace: Workspace;
  readonly #created: number;
  #generation: number;
  #current: Current;
  /** The key page of a change that is being saved. */
  #nextKeys: KeyPage | undefined;
  #destroyed = false;
  #lastSave: Promise<unknown> = Promise.resolve();
  /** Versions from before a change of the file key, to what they became: readers that had begun go on with those. */
  readonly #moved = new WeakMap<Version, Version>();

  constructor(deps: VaultDeps, { vaultId, workspace, created, generation, ...current }: VaultParts) {
    this.deps = deps;
    this.vaultId = vaultId;
    this.workspace = workspace;
    this.#created = created;
    this.#generation = generation;
    this.#current = current;
  }

  get isDestroyed(): boolean {
    return this.#destroyed;
  }

  get generation(): number {
    this.assertOpen();
    return this.#generation;
  }

  /** What was saved last. Throws `locked`. */
  get current(): Current {
    this.assertOpen();
    return this.#current;
  }

  assertOpen(): void {
    if (this.#destroyed) throw new AgentError("locked");
  }

  /** The keys as they are now, and how to follow a version through a change of them. Throws `locked`. */
  readonly unsealer = (): Unsealer => {
    const { vaultId, workspace } = this;
    return { vaultId, workspace, keys: this.current.keys, current: this.#resealed };
  };

  /** One save at a time, in the order of their requests. */
  enqueue<T>(save: () => Promise<T>): Promise<T> {
    const turn = this.#lastSave.then(() => {
      this.assertOpen();
      return save();
    });
    this.#lastSave = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Saves the next generation; only within `enqueue`. Memory changes only once the new vault is in place.
   * `moved`: which version became which, when the keys change.
   */
  async save(change: Partial<Current>, moved: ReadonlyMap<Version, Version> = new Map()): Promise<Saved> {
    const next = { ...this.#current, ...change };
    const { vaultId, workspace } = this;
    const stamp = { vaultId, generation: this.#generation + 1 };
    const { slots, contents } = next;
    const withFileKey = <T>(work: (fileKey: Buffer) => T): T => next.keys.use(({ file }) => work(file)); // throws `locked` after a lock
    const image = await draftImage({ ...stamp, created: this.#created, saved: Date.now(), slots, contents });
    withFileKey((fileKey) => sealImage(image, fileKey, workspace));
    const expected = this.#generation === 0 ? undefined : { vaultId, generation: this.#generation };
    const saved = await this.deps.store.save(image.bytes, stamp, expected, {
      verify: () => checkImage(image, withFileKey, workspace),
      stillWanted: () => this.assertOpen(),
    });
    if (this.#destroyed) return saved;
    this.#current = next;
    this.#generation = stamp.generation;
    for (const [before, after] of moved) this.#moved.set(before, after);
    return saved;
  }

  /** Runs `work`, which saves with these new keys, and drops the old ones after it, or the new ones where it fails. */
  async changeKeys<T>(work: (keys: KeyPage, old: KeyPage) => Promise<T>): Promise<T> {
    const keys = newKeys(this.deps, this.vaultId);
    this.#nextKeys = keys;
    try {
      const old = this.#current.keys;
      keys.inheritPending(old);
      const result = await work(keys, old);
      old.destroy();
      return result;
    } catch (error) {
      keys.destroy();
      throw error;
    } finally {
      this.#nextKeys = undefined;
    }
  }

  /** Destroys the keys first, then the rest. Synchronous; a save in progress stops before its rename, or completes. */
  destroy(): void {
    this.#destroyed = true;
    this.#current.keys.destroy();
    this.#nextKeys?.destroy();
    this.workspace.destroy();
    this.#current = { ...this.#current, contents: EMPTY_CONTENTS };
  }

  readonly #resealed = (version: Version): Version => {
    let now = version;
    for (let next = this.#moved.get(now); next !== undefined; next = this.#moved.get(now)) now = next;
    return now;
  };
}
