import { closeSync } from "node:fs";
import { dirname } from "node:path";
import type { Platform } from "../platform/index.ts";
import { openFolder } from "../platform/index.ts";
import { GroupSync } from "./group-sync.ts";

export interface SyncerOptions {
  /** The file being written. */
  readonly path: string;
  readonly platform: Pick<Platform, "sync">;
  /** The descriptor being written to. */
  readonly present: () => number | undefined;
  /** `fsync`: whoever asks waits until the disk has what was written; `write`: nobody waits. */
  readonly mode: "write" | "fsync";
  readonly failed: (cause: unknown) => void;
}

/**
 * Brings lines to the disk. Files that have been rotated, and the folder, are synced in both modes, in the background;
 * a descriptor is closed only when no sync can be at work on it.
 */
export class Syncer {
  readonly #options: SyncerOptions;
  readonly #group = new GroupSync(() => this.#syncAll());
  #retired: number[] = [];
  #folderChanged = false;

  constructor(options: SyncerOptions) {
    this.#options = options;
  }

  /** undefined where nobody has to wait; else resolves, once all lines so far are on the disk, to whether they are. */
  synced(): Promise<boolean> | undefined {
    return this.#options.mode === "write" ? undefined : this.#wait();
  }

  /** The folder has changed, and the descriptor is written to no more. */
  retire(fd: number | undefined): void {
    if (fd !== undefined) this.#retired.push(fd);
    this.#folderChanged = true;
    void this.#wait();
  }

  #wait(): Promise<boolean> {
    return this.#group.wait().then(
      () => true,
      () => false,
    );
  }

  async #syncAll(): Promise<void> {
    const { mode, present, platform, path, failed } = this.#options;
    await Promise.resolve(); // a turn later, when whoever retires a file has put the next one in its place
    const folder = this.#folderChanged ? openFolder(dirname(path)) : undefined;
    const retired = this.#retired;
    this.#retired = [];
    const fd = mode === "fsync" ? present() : undefined;
    const own = fd === undefined || retired.includes(fd) ? retired : [fd, ...retired];
    this.#folderChanged = false;
    const all = folder === undefined ? own : [...own, folder];
    const results = await Promise.allSettled(all.map((one) => platform.sync(one)));
    for (const done of folder === undefined ? retired : [...retired, folder]) closeSync(done);
    const failure = results.find((result) => result.status === "rejected");
    if (failure === undefined) return;
    failed(failure.reason);
    throw new Error("the audit could not be synced");
  }
}
