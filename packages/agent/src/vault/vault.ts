import type { SlotInfo, SlotKind, Warning } from "@sotto/client/protocol";
import { AgentError } from "../errors.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import type { AuditSeal } from "./audit-seal.ts";
import { auditKeyName, isAuditSeal, sealAudit } from "./audit-seal.ts";
import type { Contents, Secret, Version } from "./contents.ts";
import { makeRecoverySlot, makeSlot } from "./credential.ts";
import type { Credential, Opener, VaultDeps } from "./deps.ts";
import { isWeak } from "./kdf.ts";
import { newVaultParts } from "./new-vault.ts";
import type { Saved } from "./open-vault.ts";
import { OpenVault } from "./open-vault.ts";
import { slotId, slotInfo } from "./slot.ts";
import { addSlot, changePassphrase, removeSlot, renewSlot, wrapSlots } from "./slot-changes.ts";
import type { UnlockOptions } from "./unlock.ts";
import { unlock, warnOfWeakSlots } from "./unlock.ts";
import { adopt, again } from "./versions.ts";
import { verify } from "./verify.ts";
import { ValueReader } from "./value-reader.ts";
import type { PendingValue } from "./value-writer.ts";
import { ValueWriter } from "./value-writer.ts";

export type { Opener, VaultDeps } from "./deps.ts";

/**
 * A vault that is open: contents with sealed values, and the keys to them. Changes are saved one after the other, and memory
 * follows the disk only once the new vault is in place. After `destroy` everything throws `locked`.
 */
export class Vault {
  readonly #open: OpenVault;

  private constructor(open: OpenVault) {
    this.#open = open;
  }

  /** Makes and saves an empty vault. Throws `conflict` where there is one, or the backup of one, and as a save does. */
  static async create(
    deps: VaultDeps,
    passphrase: Buffer,
    options: { recovery: boolean },
  ): Promise<Saved & { vault: Vault; slot: string; recoveryCode?: SecureBuffer }> {
    const open = new OpenVault(deps, newVaultParts(deps));
    let recovery: Awaited<ReturnType<typeof makeRecoverySlot>> | undefined;
    try {
      const { workspace } = open;
      const slot = await makeSlot(deps, workspace, { kind: "passphrase", bytes: passphrase }, {});
      if (options.recovery) recovery = await makeRecoverySlot(deps, workspace, "");
      const slots = recovery ? [slot, recovery.slot] : [slot];
      const saved = await open.enqueue(() => open.save({ slots: wrapSlots(open, slots) }));
      return {
        vault: new Vault(open),
        slot: slotId(slot),
        ...saved,
        ...(recovery && { recoveryCode: recovery.recoveryCode }),
      };
    } catch (error) {
      recovery?.recoveryCode.destroy();
      open.destroy();
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
    const open = new OpenVault(deps, parts);
    try {
      if (isWeak(slot.kdf) && opener !== "kept")
        warnings.push(...(await upgrade(open, slotId(slot), opener, options.cancelled)));
      warnOfWeakSlots(deps, open.current.slots);
      if (options.cancelled()) throw new AgentError("locked");
      return { vault: new Vault(open), slot: slotId(slot), warnings };
    } catch (error) {
      open.destroy();
      throw error;
    }
  }

  /** 32 hexadecimal digits. */
  get id(): string {
    return this.#open.vaultId.toString("hex");
  }

  get generation(): number {
    return this.#open.generation;
  }

  get contents(): Contents {
    return this.#open.current.contents;
  }

  get slots(): readonly SlotInfo[] {
    return this.#open.current.slots.map(slotInfo);
  }

  /** Returns the slot that is opened; changes nothing. Throws `wrong-passphrase`, `not-found` (nothing kept), `vault-damaged`, `busy`. */
  verify(opener: Opener): Promise<string> {
    return verify(this.#open, opener);
  }

  /**
   * Saves what `change` makes of the contents, which are the newest when its turn comes. What it throws is passed on,
   * and nothing is saved. Throws `conflict` when another process has saved, `save-failed`, `too-large`.
   */
  update(change: (now: Contents) => Contents): Promise<Saved> {
    const open = this.#open;
    return open.enqueue(() => open.save({ contents: change(open.current.contents) }));
  }

  /** For a value that arrives in parts. */
  startValue(): ValueWriter {
    return new ValueWriter(this.#open.unsealer);
  }

  /** A value that has arrived, as version `number` of a secret. `created`: milliseconds since 1970. */
  adopt(value: PendingValue, secretId: Buffer, number: number, created: number): Version {
    return adopt(this.#open.unsealer(), value, secretId, { number, created });
  }

  /** The value of `version` once more, as version `number` of the same secret. */
  reseal(secret: Secret, version: Version, number: number, created: number): Version {
    return again(this.#open.unsealer(), secret, version, { number, created });
  }

  readValue(secret: Secret, version: Version): ValueReader {
    return new ValueReader(secret, version, this.#open.unsealer);
  }

  /** See `slot-changes`, as the next two. */
  addSlot(
    kind: SlotKind,
    label: string,
    passphrase?: Buffer,
  ): Promise<Saved & { slot: string; recoveryCode?: SecureBuffer }> {
    return addSlot(this.#open, kind, label, passphrase);
  }

  removeSlot(slot: string): Promise<Saved> {
    return removeSlot(this.#open, slot);
  }

  changePassphrase(slot: string, passphrase: Buffer): Promise<Saved> {
    return changePassphrase(this.#open, slot, passphrase);
  }

  /** Vouches for the audit up to `head`, 32 bytes. Throws `locked`. */
  sealAudit(head: Buffer): AuditSeal {
    return this.#open.unsealer().keys.use((keys) => sealAudit(keys, head));
  }

  /** Whether this vault's present key vouches for the audit up to `head`. Throws `locked`. */
  vouchesFor(head: Buffer, mac: Buffer): boolean {
    return this.#open.unsealer().keys.use((keys) => isAuditSeal(keys, head, mac));
  }

  /** Names the key of `sealAudit`, which is another one after every change of the file key: 16 hexadecimal digits. */
  get auditKey(): string {
    return this.#open.unsealer().keys.use(auditKeyName);
  }

  /** Destroys the keys first, then the rest. Synchronous; a save in progress stops before its rename, or completes. */
  destroy(): void {
    this.#open.destroy();
  }
}

/** Makes the slot that was just opened anew at the current cost. */
async function upgrade(
  open: OpenVault,
  slot: string,
  credential: Credential,
  cancelled: () => boolean,
): Promise<Warning[]> {
  const { durable } = await renewSlot(open, slot, credential, cancelled);
  open.deps.log.info({ slot }, "the slot was made anew at the current cost of key derivation");
  return durable ? ["kdf-upgraded"] : ["kdf-upgraded", "durability-unknown"];
}
