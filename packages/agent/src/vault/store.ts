import type { Stamp } from "./header.ts";

/** Has the last word on a save. */
export interface SaveJudge {
  /** Does what was written open? May use up the image. */
  verify(): Promise<void>;
  /** Throws where the save is not wanted any more: called right before the new vault takes its place, in the same turn of the event loop. */
  stillWanted(): void;
}

/** Where a vault is kept. */
export interface Store {
  /** True when there is a vault, or what is left of one: none may be created then. */
  exists(): boolean;
  /** The whole vault. Throws `uninitialised`, or `vault-damaged` for what is not a file of our own. */
  load(): Promise<Buffer>;
  /** Which save was last seen here; undefined when that is not known. */
  lastSeen(): Promise<Stamp | undefined>;
  /** Records which save was last seen. False when that could not be made durable. */
  noteSeen(stamp: Stamp): Promise<boolean>;
  /**
   * Replaces the vault, if the one there is still the `expected` one (undefined: none), as a whole or not at all.
   * What was written is read back, byte for byte the same, and then judged. Throws `conflict`, `save-failed`, or the
   * `locked` of who judges: then nothing has changed. `durable` is false when the new vault is in place and might yet be
   * lost by a crash of the machine.
   */
  save(
    image: Buffer,
    stamp: Stamp,
    expected: Stamp | undefined,
    judge: SaveJudge,
  ): Promise<{ durable: boolean }>;
}
