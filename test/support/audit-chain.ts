import { createHash, createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Judge } from "../../packages/cli/src/audit/checkpoints.ts";

/** Fields of a record as the audit spells them; what is left out gets a value. */
export type RecordFields = Readonly<Record<string, unknown>>;

const CURRENT = "audit.jsonl";
const ZEROS = Buffer.alloc(32);
const START_MS = Date.parse("2026-11-10T08:00:00.000Z");
const MINUTE_MS = 60_000;

/**
 * Writes an audit as the agent would, on its own reading of the format: the readers are tested against this, so that
 * a mistake of the agent's is not the same mistake here.
 */
export class AuditChain {
  readonly home: string;
  /** The code of checkpoints is made with this. */
  key = "the key of this vault";
  #head: Buffer = ZEROS;
  #file = 1;
  #time = START_MS;
  #lines: string[] = [];

  constructor(home: string) {
    this.home = home;
    this.#begin("begins");
  }

  /** Appends a record; it comes a minute after the one before unless it has a `time`. */
  add(fields: RecordFields): this {
    this.#time += MINUTE_MS;
    const { time = new Date(this.#time).toISOString(), ...rest } = fields;
    const peer = "peer" in rest || "uid" in rest ? {} : { uid: 1000, gid: 1000, pid: 4711 };
    const body = JSON.stringify({ time, ...peer, verb: "get", result: "allowed", ...rest }).slice(0, -1);
    this.#head = createHash("sha256").update(this.#head).update(body).digest();
    this.#lines.push(`${body},"chain":"${this.#head.toString("hex")}"}`);
    return this;
  }

  /** Appends a checkpoint over the head so far. */
  checkpoint(): this {
    return this.add({
      peer: "agent",
      verb: "checkpoint",
      key: nameOf(this.key),
      mac: macOf(this.key, this.#head),
    });
  }

  /** Ends the file and begins the next. */
  rotate(): this {
    this.#write(fileName(this.#file++));
    this.#lines = [];
    this.#begin("continues");
    return this;
  }

  /** Writes the current file. */
  end(): this {
    this.#write(CURRENT);
    return this;
  }

  /** Says what an agent with this key would about checkpoints. */
  get judge(): Judge {
    const { key } = this;
    return {
      key: nameOf(key),
      check: (checkpoints) =>
        Promise.resolve(checkpoints.map(({ head, mac }) => mac === macOf(key, Buffer.from(head, "hex")))),
    };
  }

  #begin(note: string): void {
    const previous = this.#head.toString("hex");
    this.add({ peer: "agent", verb: "audit", note, file: this.#file, previous });
  }

  #write(name: string): void {
    writeFileSync(join(this.home, name), this.#lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  }
}

export const fileName = (number: number): string => `audit-${String(number).padStart(6, "0")}.jsonl`;

const nameOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 16);
const macOf = (key: string, head: Buffer): string => createHmac("sha256", key).update(head).digest("hex");

/** Rewrites the lines of a file, without regard to any chain. */
export function tamper(home: string, file: string, change: (lines: string[]) => string[]): void {
  const path = join(home, file);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  writeFileSync(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join(""),
  );
}
