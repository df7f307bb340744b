import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditOptions, AuditRecord, Sealer } from "./audit.ts";
import { Audit } from "./audit.ts";

/** A folder with the files of one audit, and agents that write them one after the other. */
export class Kit implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sotto-audit-"));
  readonly path = join(this.folder, "audit.jsonl");
  /** What the operational log was told. */
  readonly told: string[] = [];
  readonly clock = { wall: Date.parse("2026-11-24T08:00:00.000Z"), boot: 1_000 };
  sealer: Sealer | undefined;
  /** Stands for the disk. */
  sync: (fd: number) => Promise<void> = () => Promise.resolve();

  /** An agent that starts. */
  start(settings: Partial<AuditOptions["settings"]> = {}): Audit {
    const note = (_fields: object, text: string): void => void this.told.push(text);
    return new Audit({
      path: this.path,
      platform: { now: () => this.clock.boot, sync: (fd) => this.sync(fd) },
      log: { error: note, info: note },
      settings: { maxBytes: 1024 * 1024, keep: 0, sync: "write", ...settings },
      sealer: () => this.sealer,
      wall: () => this.clock.wall,
    });
  }

  text(name = "audit.jsonl"): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** The lines of one file, parsed. */
  records(name?: string): Line[] {
    return this.text(name).trimEnd().split("\n").map(parsed);
  }

  /** `verb note` of each line of one file. */
  story(name?: string): string[] {
    return this.records(name).map(({ verb, note }) => (note === undefined ? verb : `${verb}: ${note}`));
  }

  /** Names of all files, the oldest first: a dash sorts before a dot. */
  files(): string[] {
    return readdirSync(this.folder).sort();
  }

  /** Of all files, see below. */
  firstBadLine(): string | undefined {
    return firstBadLine(this.files().map((name) => this.text(name)));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Line extends Omit<AuditRecord, "peer"> {
  readonly time: string;
  readonly clockJumpMs?: number;
  readonly chain: string;
}

const parsed = (line: string): Line => JSON.parse(line) as Line;

/** A decision about a name. */
export const got = (name = "db/main", more: Partial<AuditRecord> = {}): AuditRecord => ({
  peer: { uid: 1000, gid: 1000, pid: 123 },
  verb: "get",
  result: "allowed",
  name,
  ...more,
});

/**
 * Checks the chain through whole files, given oldest first, by the words of AUDIT.md and nothing else.
 * Returns the first line that does not fit, as `file:line`; undefined when all do.
 */
export function firstBadLine(files: readonly string[]): string | undefined {
  let head = "00".repeat(32);
  for (const [index, text] of files.entries()) {
    for (const [at, line] of text.trimEnd().split("\n").entries()) {
      const split = line.lastIndexOf(',"chain":"');
      const claimed = line.slice(split + 10, -2);
      const body = line.slice(0, split);
      if (at === 0 && parsed(line).previous !== head) return `${String(index)}:0`;
      const right = createHash("sha256").update(Buffer.from(head, "hex")).update(body, "utf8").digest("hex");
      if (right !== claimed) return `${String(index)}:${String(at)}`;
      head = right;
    }
  }
  return undefined;
}
