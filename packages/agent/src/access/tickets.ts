/**
 * Proofs of the passphrase that outlast their connection: for a while the agent accepts the same user
 * in the same login session. Lost at lock.
 */
export class Tickets {
  readonly #validMs: number;
  readonly #now: () => number;
  readonly #expiries = new Map<string, number>();

  /** `now` is a clock in milliseconds that never jumps and goes on during a suspend. */
  constructor(validMs: number, now: () => number) {
    this.#validMs = validMs;
    this.#now = now;
  }

  /** Remembers a proof that has just succeeded. `session` identifies the login session; without one there is no ticket. */
  grant(uid: number, session: string | undefined): void {
    if (session === undefined) return;
    this.#forgetExpired();
    this.#expiries.set(key(uid, session), this.#now() + this.#validMs);
  }

  holds(uid: number, session: string | undefined): boolean {
    if (session === undefined) return false;
    return (this.#expiries.get(key(uid, session)) ?? -1) > this.#now();
  }

  /** Drops every ticket. */
  clear(): void {
    this.#expiries.clear();
  }

  #forgetExpired(): void {
    for (const [ticket, expiry] of this.#expiries) if (expiry <= this.#now()) this.#expiries.delete(ticket);
  }
}

const key = (uid: number, session: string): string => `${String(uid)}:${session}`;
