import type { LastFetch } from "@sotto/client/protocol";
import type { AuditRecord } from "./record.ts";
import { searchFetch } from "./search.ts";

/** When each secret was last given out: kept by name since the start, and before that found in the files. */
export class LastFetches {
  readonly #path: string;
  /** null: in the files there is none either. */
  readonly #known = new Map<string, LastFetch | null>();

  constructor(path: string) {
    this.#path = path;
  }

  /** A record that has been written. */
  note({ peer, verb, result, name, rule }: AuditRecord, time: number): void {
    if (verb !== "get" || result !== "allowed" || name === undefined || peer === "agent") return;
    const { uid, sid, pid } = peer;
    this.#known.set(name, sid === undefined ? { time, uid, pid, rule } : { time, sid, pid, rule });
  }

  /** null when the audit knows of none. Gives up when `gone` says that nobody waits any more. */
  async of(name: string, gone: () => boolean): Promise<LastFetch | null> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = await searchFetch(this.#path, name, gone);
    const meanwhile = this.#known.get(name);
    if (meanwhile !== undefined) return meanwhile;
    if (!gone()) this.#known.set(name, found ?? null);
    return found ?? null;
  }
}
