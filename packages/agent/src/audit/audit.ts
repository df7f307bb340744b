import { closeSync, openSync, writeSync } from "node:fs";
import type { ErrorCode, Verb } from "@sotto/client/protocol";
import type { Peer } from "../platform/index.ts";

/** One decision or change. Names are safe to print: the protocol refuses anything else. Never a value, nor a hash of one. */
export interface AuditRecord {
  readonly peer: Pick<Peer, "uid" | "gid" | "pid"> | "agent";
  readonly verb: Verb | "start" | "connect" | "audit";
  /** `allowed`, or the code of the error that was answered. */
  readonly result: "allowed" | ErrorCode;
  /** The secret or selector that it is about. */
  readonly name?: string;
  /** The rule that allowed it, or that was made or revoked. */
  readonly rule?: string;
  /** Allowed for an administrator, not by a rule. */
  readonly admin?: boolean;
  /** Why, where the verb alone does not say. */
  readonly note?: string;
}

/**
 * The audit: one JSON line a record, appended before the reply leaves. Written by hand and not by a logging library,
 * because those lose lines on a full disk without a word, and a decision that is not on record must not be given.
 */
export class Audit {
  readonly #file: string;
  #fd: number | undefined;
  #failing = false;

  constructor(file: string) {
    this.#file = file;
    this.reopen();
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** Appends one line. Returns false when it could not be written whole: the request must then be refused. */
  write(record: AuditRecord): boolean {
    const { peer, ...rest } = record;
    const who = peer === "agent" ? { peer } : { uid: peer.uid, gid: peer.gid, pid: peer.pid };
    const line = Buffer.from(`${JSON.stringify({ time: new Date().toISOString(), ...who, ...rest })}\n`);
    this.#failing = !this.#append(line);
    return !this.#failing;
  }

  /** After a failure: whether a line can be written again. */
  recovered(): boolean {
    return this.write({ peer: "agent", verb: "audit", result: "allowed", note: "writing again" });
  }

  /** Opens the file anew, after it was moved away or the disk was full. */
  reopen(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    try {
      this.#fd = openSync(this.#file, "a", 0o600);
    } catch {
      this.#failing = true;
    }
  }

  #append(line: Buffer): boolean {
    if (this.#fd === undefined) this.reopen();
    try {
      return this.#fd !== undefined && writeSync(this.#fd, line) === line.length;
    } catch {
      return false;
    }
  }
}
