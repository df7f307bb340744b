import type { LastFetch } from "@sotto/client/protocol";
import type { Platform } from "../platform/index.ts";
import { ClockWatch } from "./clock-watch.ts";
import { rotatedNumbers, rotatedPath } from "./file-names.ts";
import { Journal } from "./journal.ts";
import { LastFetches } from "./last-fetches.ts";
import { TROUBLES } from "./notes.ts";
import type { AuditRecord, Moment } from "./record.ts";
import { Syncer } from "./syncer.ts";
import { Turn } from "./turn.ts";
import { unlinkSync } from "node:fs";

export type { AuditPeer, AuditRecord } from "./record.ts";

/** Lines between two checkpoints at most, while the vault is open. */
const CHECKPOINT_LINES = 1_000;
/** After these the chain is vouched for at once: the vault was opened, or its key is another one from here on. */
const CHECKPOINT_AFTER: ReadonlySet<AuditRecord["verb"]> = new Set<AuditRecord["verb"]>([
  ...(["init", "unlock", "passwd", "slot-remove"] as const),
]);

/** Who can vouch for the chain: an open vault. */
export interface Sealer {
  sealAudit(head: Buffer): { readonly key: string; readonly mac: Buffer };
}

export interface AuditOptions {
  /** The file being written. */
  readonly path: string;
  readonly platform: Pick<Platform, "now" | "sync">;
  readonly log: {
    error(fields: object, text: string): void;
    info(fields: object, text: string): void;
  };
  readonly settings: AuditSettings;
  /** The vault while it is open. Asked in the middle of a record: it must not lead to another one. */
  readonly sealer: () => Sealer | undefined;
  /** For tests: milliseconds since 1970. */
  readonly wall?: () => number;
}

/** What `config.json` says of the audit. */
export interface AuditSettings {
  readonly maxBytes: number;
  /** Rotated files that stay; 0: all. */
  readonly keep: number;
  /** What must have the line before the reply leaves: the kernel, or the disk. */
  readonly sync: "write" | "fsync";
}

interface Seal {
  readonly head: Buffer;
  readonly record: AuditRecord;
}

/**
 * The audit: one JSON line a record, appended before the reply leaves. Written by hand and not by a logging library,
 * because those lose lines on a full disk without a word, and a decision that is not on record must not be given.
 * AUDIT.md describes the file. Nothing here throws.
 */
export class Audit {
  readonly #options: AuditOptions;
  readonly #clock: ClockWatch;
  readonly #journal: Journal;
  readonly #syncer: Syncer;
  readonly #fetches: LastFetches;
  readonly #turn = new Turn((records) => this.#append(records));
  #time = 0;
  #unsealedLines = 0;
  /** A lock is under way; its seal was made while the key was there. */
  #locking: { readonly seal: Seal | undefined } | undefined;

  constructor(options: AuditOptions) {
    const { path, platform, settings, log, wall = Date.now } = options;
    this.#options = options;
    this.#clock = new ClockWatch({ wall, boot: () => platform.now() });
    this.#fetches = new LastFetches(path);
    this.#syncer = new Syncer({
      path,
      platform,
      mode: settings.sync,
      present: () => this.#journal.fd,
      failed: (cause) => this.#journal.fail("unsynced", cause),
    });
    this.#journal = new Journal({
      path,
      maxBytes: settings.maxBytes,
      moment: () => this.#moment(),
      written: () => this.#clock.told(),
      retired: (fd) => this.#syncer.retire(fd),
      failed: (trouble, err) =>
        log.error({ audit: trouble, err }, `the audit is failing: ${TROUBLES[trouble]}`),
    });
  }

  /** Whether a record can very likely be written: by what was seen last, without looking. */
  get hopeful(): boolean {
    return !this.#journal.troubled;
  }

  /** Whether a record can be written now. Tries again what failed before and can end by itself. */
  ready(): boolean {
    this.#turn.writeKept();
    return this.#journal.ready();
  }

  /** Appends one line. Returns false when it could not be written whole: the request must then be refused. */
  write(record: AuditRecord): boolean {
    this.#turn.writeKept();
    return this.#append([record]);
  }

  /**
   * As `write`, for a request that changes nothing. Where others come in the same turn of the event loop their lines are
   * written together at its end: a promise then, which is never rejected, and no reply may leave before.
   */
  writeInTurn(record: AuditRecord): boolean | Promise<boolean> {
    return this.hopeful ? this.#turn.add(record) : this.write(record);
  }

  /** undefined where nobody has to wait; else resolves, once all lines so far are on the disk, to whether they are. */
  synced(): Promise<boolean> | undefined {
    return this.#syncer.synced();
  }

  /** Goes on at the path, after the file was moved away, or after a trouble that does not end by itself. */
  reopen(): void {
    this.#turn.writeKept();
    this.#checkpoint();
    this.#journal.reopen();
    this.ready();
  }

  /** The last time that a secret was given out under this name; null when the audit knows of none. */
  lastFetch(name: string, gone: () => boolean): Promise<LastFetch | null> {
    return this.#fetches.of(name, gone);
  }

  /** The vault is about to be locked: its key is used once more, in memory only, so that no disk can hold up a lock. */
  beforeLock(): void {
    this.#locking = { seal: this.#seal() };
  }

  /** The keys are gone. `why`: where no request asked for it. */
  locked(why: string | undefined): void {
    const locking = this.#locking;
    this.#locking = undefined;
    if (locking === undefined) return;
    this.#put(locking.seal);
    if (why !== undefined) this.write({ peer: "agent", verb: "lock", result: "allowed", note: why });
  }

  #append(records: readonly AuditRecord[]): boolean {
    if (this.#journal.full) this.#rotate();
    if (!this.#journal.append(records)) return false;
    for (const record of records) this.#fetches.note(record, this.#time);
    this.#unsealedLines += records.length;
    const due = records.some(({ verb, result }) => CHECKPOINT_AFTER.has(verb) && result === "allowed");
    if (due || this.#unsealedLines >= CHECKPOINT_LINES) this.#checkpoint();
    return true;
  }

  #moment(): Moment {
    const moment = this.#clock.moment();
    this.#time = moment.time;
    return moment;
  }

  #checkpoint(): void {
    if (this.#journal.ready()) this.#put(this.#seal());
  }

  /** A checkpoint over the chain as it stands; undefined while the vault is locked. */
  #seal(): Seal | undefined {
    try {
      const { head } = this.#journal;
      const made = this.#options.sealer()?.sealAudit(head);
      if (made === undefined) return undefined;
      const code = { key: made.key, mac: made.mac.toString("hex") };
      return { head, record: { peer: "agent", verb: "checkpoint", result: "allowed", ...code } };
    } catch {
      return undefined; // a lock has come in between
    }
  }

  /** Only where nothing was written since the seal was made: it vouches for the line right before it. */
  #put(seal: Seal | undefined): void {
    if (seal !== undefined && this.#journal.append([seal.record], seal.head)) this.#unsealedLines = 0;
  }

  #rotate(): void {
    this.#checkpoint();
    this.#journal.rotate();
    this.#removeOldest();
  }

  #removeOldest(): void {
    const { path, settings, log } = this.#options;
    if (settings.keep === 0) return;
    try {
      for (const number of rotatedNumbers(path).slice(0, -settings.keep)) {
        unlinkSync(rotatedPath(path, number));
        const note = `file ${String(number)} was removed`;
        this.#journal.append([{ peer: "agent", verb: "audit", result: "allowed", note }]);
      }
    } catch (err) {
      log.error({ err }, "an old file of the audit could not be removed");
    }
  }
}
