import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "../errors.ts";

/** Added to the delay by each wrong passphrase, and the most that it grows to: the figures of ssh-agent's lock. */
const STEP_MS = 100;
const CAP_MS = 10_000;

interface Offender {
  failures: number;
  lastFailure: number;
  waiting: boolean;
}

/**
 * Slows down whoever gives wrong passphrases, and nobody else. The next attempt of that uid is held back,
 * longer after each failure; one that comes while another is held back is refused.
 */
export class Throttle {
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  readonly #offenders = new Map<number, Offender>();

  /** `now` is a clock in milliseconds that never jumps. */
  constructor(now: () => number, wait: (ms: number) => Promise<unknown> = (ms) => sleep(ms)) {
    this.#now = now;
    this.#sleep = wait;
  }

  /** Resolves when this uid may try. Throws `throttled` when one of its attempts is already being held back. */
  async admit(uid: number): Promise<void> {
    const offender = this.#offenders.get(uid);
    if (offender === undefined) return;
    const waitMs = offender.lastFailure + delayMs(offender.failures) - this.#now();
    if (offender.waiting)
      throw new AgentError("throttled", { details: { retryAfterMs: Math.ceil(Math.max(waitMs, STEP_MS)) } });
    if (waitMs <= 0) return;
    offender.waiting = true;
    await this.#sleep(waitMs);
    offender.waiting = false;
  }

  failed(uid: number): void {
    const failures = (this.#offenders.get(uid)?.failures ?? 0) + 1;
    this.#offenders.set(uid, { failures, lastFailure: this.#now(), waiting: false });
  }

  succeeded(uid: number): void {
    this.#offenders.delete(uid);
  }
}

const delayMs = (failures: number): number => Math.min(CAP_MS, STEP_MS * failures);
