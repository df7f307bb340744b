import { linkSync, readdirSync, renameSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { randomPublic } from "./derive.ts";
import { withLock } from "./file-lock.ts";
import {
  holds,
  readStart,
  statsOf,
  withFile,
  withFolder,
  withNewFile,
  withVault,
  writeAll,
} from "./files.ts";
import type { Stamp } from "./header.ts";
import { readStamp, STAMP_BYTES } from "./header.ts";
import { encodeLastSeen, readLastSeen } from "./last-seen.ts";
import { damaged } from "./damage.ts";
import type { SaveJudge, Store } from "./store.ts";

/** How long a save waits for another process to finish its own, in milliseconds. */
const LOCK_WAIT_MS = 5_000;
const TEMP = /^(?:vault|last-seen)\.tmp-[0-9a-f]{16}$/;

/** What the store tells the operational log. */
export interface StoreLog {
  warn(fields: object, text: string): void;
}

export interface FileStoreOptions {
  /** The folder of the agent. */
  readonly home: string;
  readonly platform: Platform;
  readonly log: StoreLog;
  /** For tests: how long to wait for the lock, in milliseconds. */
  readonly lockWaitMs?: number;
}

/** The vault in the agent's home: `vault`, `vault.bak`, `last-seen` and `vault.lock`. */
export class FileStore implements Store {
  readonly #home: string;
  readonly #platform: Platform;
  readonly #log: StoreLog;
  readonly #lockWaitMs: number;
  readonly #vault: string;
  readonly #backup: string;
  readonly #seen: string;

  constructor(options: FileStoreOptions) {
    this.#home = options.home;
    this.#platform = options.platform;
    this.#log = options.log;
    this.#lockWaitMs = options.lockWaitMs ?? LOCK_WAIT_MS;
    this.#vault = join(this.#home, "vault");
    this.#backup = join(this.#home, "vault.bak");
    this.#seen = join(this.#home, "last-seen");
  }

  exists(): boolean {
    return statsOf(this.#vault) !== undefined || statsOf(this.#backup) !== undefined;
  }

  async load(): Promise<Buffer> {
    await this.#removeStaleTemps();
    try {
      return await withVault(this.#vault, this.#backup, readStart);
    } catch (error) {
      const lost = error instanceof AgentError && error.code === "uninitialised" && this.exists();
      throw lost ? damaged("not-a-file", error) : error; // a backup alone is for a person to look at
    }
  }

  lastSeen(): Promise<Stamp | undefined> {
    return readLastSeen(this.#seen);
  }

  async noteSeen(stamp: Stamp): Promise<boolean> {
    try {
      await this.#locked(() => this.#writeLastSeen(stamp));
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, "the record of the last save seen could not be written");
      return false;
    }
  }

  async save(
    image: Buffer,
    stamp: Stamp,
    expected: Stamp | undefined,
    judge: SaveJudge,
  ): Promise<{ durable: boolean }> {
    try {
      return await this.#locked(async () => {
        await this.#compare(expected);
        await this.#replaceVault(image, judge);
        return { durable: await this.#settle(stamp) };
      });
    } catch (error) {
      throw isAnswer(error) ? error : new AgentError("save-failed", { cause: error });
    }
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    return withLock(this.#platform, join(this.#home, "vault.lock"), this.#lockWaitMs, work);
  }

  /** Throws `conflict` unless the vault on the disk is the one that this save follows. */
  async #compare(expected: Stamp | undefined): Promise<void> {
    if (expected === undefined) {
      if (this.exists()) throw new AgentError("conflict");
      return;
    }
    const found = await this.#stampOnDisk();
    if (found.generation !== expected.generation || !found.vaultId.equals(expected.vaultId))
      throw new AgentError("conflict");
  }

  async #stampOnDisk(): Promise<Stamp> {
    try {
      return readStamp(await withVault(this.#vault, this.#backup, (fd) => readStart(fd, STAMP_BYTES)));
    } catch (error) {
      const isAnotherFile = error instanceof AgentError && error.code !== "busy"; // busy: it could not be opened at all
      throw isAnotherFile ? new AgentError("conflict", { cause: error }) : error;
    }
  }

  /** Writes, syncs, reads back, and only then renames. Whatever fails before the rename leaves nothing behind. */
  async #replaceVault(image: Buffer, judge: SaveJudge): Promise<void> {
    const temp = this.#tempName("vault");
    try {
      await this.#writeSynced(temp, image);
      if (!(await withFile(temp, (fd) => holds(fd, image)))) throw new Error("the file read back is another");
      await judge.verify();
      judge.stillWanted();
      this.#keepBackup();
      renameSync(temp, this.#vault);
    } catch (error) {
      this.#cleanUp(temp);
      throw error;
    }
  }

  /** A second name for the vault that is about to be replaced. Nothing to keep when it is the first. */
  #keepBackup(): void {
    if (statsOf(this.#vault) === undefined) return;
    removeIfThere(this.#backup);
    linkSync(this.#vault, this.#backup);
  }

  /** What follows the rename: the change is in force already, so a failure here is only told. */
  async #settle(stamp: Stamp): Promise<boolean> {
    let durable = true;
    const steps = [() => this.#syncHome(), () => this.#writeLastSeen(stamp)];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        durable = false;
        this.#log.warn({ err: error }, "the vault was saved, but might not survive a crash of the machine");
      }
    }
    return durable;
  }

  async #writeLastSeen(stamp: Stamp): Promise<void> {
    const temp = this.#tempName("last-seen");
    try {
      await this.#writeSynced(temp, encodeLastSeen(stamp));
      renameSync(temp, this.#seen);
    } catch (error) {
      this.#cleanUp(temp);
      throw error;
    }
    await this.#syncHome();
  }

  #writeSynced(path: string, bytes: Buffer): Promise<void> {
    return withNewFile(path, async (fd) => {
      await writeAll(fd, bytes);
      await this.#platform.sync(fd); // never retried: after a failure the system may have dropped the data
    });
  }

  /** After a failure, whose error is the one that counts. */
  #cleanUp(temp: string): void {
    try {
      removeIfThere(temp);
    } catch (error) {
      this.#log.warn({ err: error }, "a temporary file could not be removed");
    }
  }

  #syncHome(): Promise<void> {
    return withFolder(this.#home, (fd) => this.#platform.sync(fd));
  }

  #tempName(of: "vault" | "last-seen"): string {
    return join(this.#home, `${of}.tmp-${randomPublic(8).toString("hex")}`);
  }

  /** Temporary files are made under the lock only: who holds it knows that each one was left by a dead process. */
  async #removeStaleTemps(): Promise<void> {
    try {
      const stale = readdirSync(this.#home).filter((name) => TEMP.test(name));
      if (stale.length === 0) return;
      await withLock(this.#platform, join(this.#home, "vault.lock"), 0, () => {
        for (const name of stale) removeIfThere(join(this.#home, name));
        return Promise.resolve();
      });
    } catch (error) {
      this.#log.warn({ err: error }, "temporary files of an earlier save could not be removed");
    }
  }
}

/** Refusals that say themselves why; everything else that stops a save is a failure of it. */
const isAnswer = (error: unknown): boolean =>
  error instanceof AgentError && (error.code === "conflict" || error.code === "locked");

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
