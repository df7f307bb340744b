import type { SlotInfo, SlotKind, Warning } from "@sotto/client/protocol";
import { AgentError } from "../errors.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import type { AuditSeal } from "./audit-seal.ts";
import { auditKeyName, isAuditSeal, sealAudit } from "./audit-seal.ts";
import type { Contents, Secret, Version } from "./contents.ts";
import { EMPTY_CONTENTS } from "./contents.ts";
import type { NewSlot } from "./credential.ts";
import { makeRecoverySlot, makeSlot } from "./credential.ts";
import type { Credential, Opener, VaultDeps } from "./deps.ts";
import { checkImage, draftImage, sealImage } from "./image.ts";
import { isWeak } from "./kdf.ts";
import { isKept, makeKeptSlot } from "./kept-slot.ts";
import type { KeyPage } from "./key-page.ts";
import { MAX_SLOTS_TRIED } from "./limits.ts";
import { newKeys, newVaultParts } from "./new-vault.ts";
import { pendingSource, reseal, savedSource } from "./reseal.ts";
import { resealContents } from "./rotation.ts";
import type { OpenSlot } from "./slot.ts";
import { slotId, slotInfo } from "./slot.ts";
import { tryKek, wrapFileKey } from "./slot-key.ts";
import type { UnlockOptions, VaultParts } from "./unlock.ts";
import { findOpened, slotsOfKind, unlock, warnOfWeakSlots } from "./unlock.ts";
import type { Unsealer } from "./value-reader.ts";
import { ValueReader } from "./value-reader.ts";
import type { PendingValue } from "./value-writer.ts";
import { ValueWriter } from "./value-writer.ts";

export type { Opener, VaultDeps } from "./deps.ts";

interface Saved {
  /** False: in force and saved, and yet a crash of the machine could undo it. */
  readonly durable: boolean;
}

/** What changes with a save, all at once. */
type Current = Pick<VaultParts, "contents" | "slots" | "keys">;

/**
 * An open vault: contents with sealed values, and the keys to them. Changes are saved one after the other, and memory
 * follows the disk only once the new vault is in place. After `destroy` everything throws `locked`.
 */
export class Vault {
  readonly #deps: VaultDeps;
  readonly #parts: Omit<VaultParts, keyof Current | "generation">;
  #generation: number;
  #current: Current;
  /** The key page of a change that is being saved. */
  #nextKeys: KeyPage | undefined;
  #destroyed = false;
  #lastSave: Promise<unknown> = Promise.resolve();
  /** Versions from before a change of the file key, to what they became: readers that had begun go on with those. */
  readonly #moved = new WeakMap<Version, Version>();

  private constructor(deps: VaultDeps, parts: VaultParts) {
    const { contents, slots, keys, generation, ...rest } = parts;
    this.#deps = deps;
    this.#parts = rest;
    this.#generation = generation;
    this.#current = { contents, slots, keys };
  }

  /** Makes and saves an empty vault. Throws `conflict` where there is one, or the backup of one, and as a save does. */
  static async create(
    deps: VaultDeps,
    passphrase: Buffer,
    options: { recovery: boolean },
  ): Promise<Saved & { vault: Vault; slot: string; recoveryCode?: SecureBuffer }> {
    const vault = new Vault(deps, newVaultParts(deps));
    let recovery: Awaited<ReturnType<typeof makeRecoverySlot>> | undefined;
    try {
      const { workspace } = vault.#parts;
      const slot = await makeSlot(deps, workspace, { kind: "passphrase", bytes: passphrase }, {});
      if (options.recovery) recovery = await makeRecoverySlot(deps, workspace, "");
      const slots = recovery ? [slot, recovery.slot] : [slot];
      const saved = await vault.#enqueue(() => vault.#save({ slots: vault.#wrap(slots) }));
      return {
        vault,
        slot: slotId(slot),
        ...saved,
        ...(recovery && { recoveryCode: recovery.recoveryCode }),
      };
    } catch (error) {
      recovery?.recoveryCode.destroy();
      vault.destroy();
      throw error;
    }
  }

  /**
   * Opens the vault of the store. Throws `uninitialised`, `vault-damaged`, `weak-kdf`, `wrong-passphrase`, `rollback`,
   * `busy` when memory is short, `locked` when cancelled.
   */
  static async open(
    deps: VaultDeps,
    opener: Opener,
    options: UnlockOptions,
  ): Promise<{ vault: Vault; slot: string; warnings: Warning[] }> {
    const { parts, slot, warnings } = await unlock(deps, opener, options);
    const vault = new Vault(deps, parts);
    try {
      if (isWeak(slot.kdf) && opener !== "kept")
        warnings.push(...(await vault.#upgrade(slotId(slot), opener, options.cancelled)));
      warnOfWeakSlots(deps, vault.#current.slots);
      if (options.cancelled()) throw new AgentError("locked");
      return { vault, slot: slotId(slot), warnings };
    } catch (error) {
      vault.destroy();
      throw error;
    }
  }

  /** 32 hexadecimal digits. */
  get id(): string {
    return this.#parts.vaultId.toString("hex");
  }

  get generation(): number {
    this.#assertOpen();
    return this.#generation;
  }

  get contents(): Contents {
    this.#assertOpen();
    return this.#current.contents;
  }

  get slots(): readonly SlotInfo[] {
    this.#assertOpen();
    return this.#current.slots.map(slotInfo);
  }

  /** Returns the slot that is opened; changes nothing. Throws `wrong-passphrase`, `not-found` (nothing kept), `vault-damaged`, `busy`. */
  async verify(opener: Opener): Promise<string> {
    this.#assertOpen();
    const { vaultId, workspace } = this.#parts;
    const { slots } = this.#current;
    const attempt = (kek: Buffer, slot: OpenSlot): ReturnType<typeof tryKek> =>
      workspace.key(4, (scratch) => tryKek(kek, vaultId, slot, scratch, workspace));
    const found = await findOpened(this.#deps, opener, { vaultId, slots }, attempt, () => this.#destroyed);
    if (!this.#current.slots.some((slot) => slot.salt.equals(found.salt)))
      throw new AgentError("wrong-passphrase"); // removed, or given another passphrase, while this one was tried
    return slotId(found);
  }

  /**
   * Saves what `change` makes of the contents, which are the newest when its turn comes. What it throws is passed on,
   * and nothing is saved. Throws `conflict` when another process has saved, `save-failed`, `too-large`.
   */
  update(change: (now: Contents) => Contents): Promise<Saved> {
    return this.#enqueue(() => this.#save({ contents: change(this.#current.contents) }));
  }

  /** For a value that arrives in parts. */
  startValue(): ValueWriter {
    return new ValueWriter(() => this.#unsealer());
  }

  /** A value that has arrived, as version `number` of a secret. `created`: milliseconds since 1970. */
  adopt(value: PendingValue, secretId: Buffer, number: number, created: number): Version {
    const { vaultId, keys, workspace } = this.#unsealer();
    const target = { vaultId, secretId, version: number };
    const sealed = keys.use(({ pending, value: key }) =>
      reseal(pendingSource(value, pending), target, key, workspace),
    );
    return { number, created, size: value.size, sealed };
  }

  /** The value of `version` once more, as version `number` of the same secret. */
  reseal(secret: Secret, version: Version, number: number, created: number): Version {
    const { vaultId, keys, workspace, current } = this.#unsealer();
    const target = { vaultId, secretId: secret.id, version: number };
    const sealed = keys.use(({ value: key }) =>
      reseal(savedSource(secret, current(version), vaultId, key), target, key, workspace),
    );
    return { number, created, size: version.size, sealed };
  }

  readValue(secret: Secret, version: Version): ValueReader {
    return new ValueReader(secret, version, () => this.#unsealer());
  }

  /** Adds a way to open the vault. Throws `conflict` when there are four of the kind, `bad-request` for one that this system cannot keep. */
  async addSlot(
    kind: SlotKind,
    label: string,
    passphrase?: Buffer,
  ): Promise<Saved & { slot: string; recoveryCode?: SecureBuffer }> {
    this.#assertRoom(kind);
    if (kind === "recovery") {
      const { slot, recoveryCode } = await makeRecoverySlot(this.#deps, this.#parts.workspace, label);
      try {
        return { ...(await this.#append(slot)), recoveryCode };
      } catch (error) {
        recoveryCode.destroy();
        throw error;
      }
    }
    if (isKept(kind)) return this.#append(await makeKeptSlot(this.#deps, this.#parts, kind, label));
    const bytes = passphrase ?? Buffer.alloc(0);
    return this.#append(await makeSlot(this.#deps, this.#parts.workspace, { kind, bytes }, { label }));
  }

  /**
   * Removes a way to open the vault: a new file key, and every value sealed anew, so that who kept an old copy of the
   * file cannot open a new one. Throws `not-found`, and `conflict` for the last slot that a person can open.
   */
  removeSlot(slot: string): Promise<Saved> {
    return this.#enqueue(() => {
      const rest = this.#current.slots.filter((one) => slotId(one) !== slot);
      if (rest.length === this.#current.slots.length) throw new AgentError("not-found");
      if (rest.every(({ kind }) => isKept(kind))) throw new AgentError("conflict");
      return this.#rotate(rest);
    });
  }

  /** Gives a slot another passphrase, and the vault a new file key. Throws `not-found`; `bad-request` for a recovery code. */
  async changePassphrase(slot: string, passphrase: Buffer): Promise<Saved> {
    if (this.#slot(slot).kind !== "passphrase") throw new AgentError("bad-request");
    return this.#renew(slot, { kind: "passphrase", bytes: passphrase });
  }

  /** Vouches for the audit up to `head`, 32 bytes. Throws `locked`. */
  sealAudit(head: Buffer): AuditSeal {
    return this.#unsealer().keys.use((keys) => sealAudit(keys, head));
  }

  /** Whether this vault's present key vouches for the audit up to `head`. Throws `locked`. */
  vouchesFor(head: Buffer, mac: Buffer): boolean {
    return this.#unsealer().keys.use((keys) => isAuditSeal(keys, head, mac));
  }

  /** Names the key of `sealAudit`, which is another one after every change of the file key: 16 hexadecimal digits. */
  get auditKey(): string {
    return this.#unsealer().keys.use(auditKeyName);
  }

  /** Destroys the keys first, then the rest. Synchronous; a save in progress stops before its rename, or completes. */
  destroy(): void {
    this.#destroyed = true;
    this.#current.keys.destroy();
    this.#nextKeys?.destroy();
    this.#parts.workspace.destroy();
    this.#current = { ...this.#current, contents: EMPTY_CONTENTS };
  }

  /** Makes the slot that was just opened anew at the current cost. */
  async #upgrade(slot: string, credential: Credential, cancelled: () => boolean): Promise<Warning[]> {
    const { durable } = await this.#renew(slot, credential, cancelled);
    this.#deps.log.info({ slot }, "the slot was made anew at the current cost of key derivation");
    return durable ? ["kdf-upgraded"] : ["kdf-upgraded", "durability-unknown"];
  }

  async #renew(slot: string, credential: Credential, cancelled = () => false): Promise<Saved> {
    const renewed = await makeSlot(this.#deps, this.#parts.workspace, credential, this.#slot(slot));
    if (cancelled()) throw new AgentError("locked");
    return this.#enqueue(() => {
      this.#slot(slot); // it may have been removed meanwhile
      return this.#rotate(this.#current.slots.map((one) => (slotId(one) === slot ? renewed : one)));
    });
  }

  #append(slot: NewSlot): Promise<Saved & { slot: string }> {
    return this.#enqueue(async () => {
      this.#assertRoom(slot.kind);
      const saved = await this.#save({ slots: [...this.#current.slots, ...this.#wrap([slot])] });
      return { ...saved, slot: slotId(slot) };
    });
  }

  /** Saves with these slots, under a new file key. */
  async #rotate(slots: readonly NewSlot[]): Promise<Saved> {
    const { vaultId, workspace } = this.#parts;
    const keys = newKeys(this.#deps, vaultId);
    this.#nextKeys = keys;
    try {
      const old = this.#current.keys;
      keys.inheritPending(old);
      const { contents, moved } = await resealContents(this.#current.contents, (slice) =>
        old.use(({ value: from }) =>
          keys.use(({ value: to }) =>
            slice((secret, version) => {
              const target = { vaultId, secretId: secret.id, version: version.number };
              return reseal(savedSource(secret, version, vaultId, from), target, to, workspace);
            }),
          ),
        ),
      );
      const saved = await this.#save({ contents, slots: this.#wrap(slots, keys), keys }, () => {
        for (const [before, after] of moved) this.#moved.set(before, after);
      });
      old.destroy();
      return saved;
    } catch (error) {
      keys.destroy();
      throw error;
    } finally {
      this.#nextKeys = undefined;
    }
  }

  #wrap(slots: readonly NewSlot[], keys = this.#current.keys): OpenSlot[] {
    const { vaultId, workspace } = this.#parts;
    return slots.map((slot) => ({
      ...slot,
      ...keys.use(({ file }) => wrapFileKey(file, vaultId, slot, workspace)),
    }));
  }

  /** Saves the next generation. Memory changes only once the new vault is in place. */
  async #save(change: Partial<Current>, swapped?: () => void): Promise<Saved> {
    const next = { ...this.#current, ...change };
    const { vaultId, workspace, created } = this.#parts;
    const stamp = { vaultId, generation: this.#generation + 1 };
    const fields = { ...stamp, created, saved: Date.now(), slots: next.slots, contents: next.contents };
    const withFileKey = <T>(work: (fileKey: Buffer) => T): T => next.keys.use(({ file }) => work(file)); // throws `locked` after a lock
    const image = await draftImage(fields);
    withFileKey((fileKey) => sealImage(image, fileKey, workspace));
    const expected = this.#generation === 0 ? undefined : { vaultId, generation: this.#generation };
    const saved = await this.#deps.store.save(image.bytes, stamp, expected, {
      verify: () => checkImage(image, withFileKey, workspace),
      stillWanted: () => this.#assertOpen(),
    });
    if (this.#destroyed) return saved;
    this.#current = next;
    this.#generation = stamp.generation;
    swapped?.();
    return saved;
  }

  /** One save at a time, in the order of their requests. */
  #enqueue<T>(save: () => Promise<T>): Promise<T> {
    const turn = this.#lastSave.then(() => {
      this.#assertOpen();
      return save();
    });
    this.#lastSave = turn.catch(() => undefined);
    return turn;
  }

  #unsealer(): Unsealer {
    this.#assertOpen();
    const { vaultId, workspace } = this.#parts;
    return { vaultId, workspace, keys: this.#current.keys, current: this.#resealed };
  }

  readonly #resealed = (version: Version): Version => {
    let now = version;
    for (let next = this.#moved.get(now); next !== undefined; next = this.#moved.get(now)) now = next;
    return now;
  };

  #slot(slot: string): OpenSlot {
    this.#assertOpen();
    const found = this.#current.slots.find((one) => slotId(one) === slot);
    if (found === undefined) throw new AgentError("not-found");
    return found;
  }

  #assertRoom(kind: SlotKind): void {
    this.#assertOpen();
    if (slotsOfKind(this.#current.slots, kind).length >= MAX_SLOTS_TRIED) throw new AgentError("conflict");
  }

  #assertOpen(): void {
    if (this.#destroyed) throw new AgentError("locked");
  }
}
