import type { Rate } from "@sotto/client/protocol";
import type { Usage } from "./decide.ts";
import type { Rule } from "./rule.ts";

/** So many logs are kept before those whose time is over are looked for. */
const FEW_LOGS = 256;

/**
 * What has been used of rules with a rate, for each rule and uid, and which rules for one fetch are being used this
 * moment. A lock changes nothing here, or it would refill what is used up; a new agent starts anew: only what a rule for
 * one fetch has given out is kept in the vault.
 *
 * Memory: a number for each fetch that still counts, so at most `MAX_RATE` for a rule and uid. A rule that is gone needs
 * no care, as ids are never used again: its logs go when their time is over.
 */
export class UsageLog {
  readonly #now: () => number;
  readonly #logs = new Map<string, SlidingLog>();
  readonly #claimed = new Set<string>();
  #cleanAt = FEW_LOGS;

  /** `now` is a clock in milliseconds that never jumps. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many rules and uids it remembers something of. */
  get size(): number {
    return this.#logs.size;
  }

  /** The view that a decision about this uid takes. */
  of(uid: number): Usage {
    return {
      isUsed: (rule) => rule.used !== undefined || this.#claimed.has(rule.id),
      waitFor: (rule) => this.#logs.get(key(rule, uid))?.waitFor(this.#now()) ?? 0,
    };
  }

  /** A rule has allowed a request of this uid. Called in the same turn as the decision, so that no other comes between. */
  use(rule: Rule, uid: number): void {
    if (rule.once === true) this.#claimed.add(rule.id);
    if (rule.rate === undefined) return;
    const log = this.#logs.get(key(rule, uid)) ?? this.#begin(rule.rate, key(rule, uid));
    log.add(this.#now());
  }

  /** A rule for one fetch has been saved as used up, or could not be. */
  settle(rule: Rule): void {
    this.#claimed.delete(rule.id);
  }

  #begin(rate: Rate, name: string): SlidingLog {
    if (this.#logs.size >= this.#cleanAt) this.#clean();
    const log = new SlidingLog(rate);
    this.#logs.set(name, log);
    return log;
  }

  /** Done each time that their number has doubled, which costs each log little. */
  #clean(): void {
    const now = this.#now();
    for (const [name, log] of this.#logs) if (log.isOver(now)) this.#logs.delete(name);
    this.#cleanAt = Math.max(FEW_LOGS, 2 * this.#logs.size);
  }
}

/** The moments of the last uses, as many as the rate allows: a ring once it is full. */
class SlidingLog {
  readonly #rate: Rate;
  readonly #moments: number[] = [];
  /** Where the oldest is, or will be, when there are as many as the rate allows. */
  #oldest = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  add(now: number): void {
    this.#moments[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#rate.count;
  }

  /** Milliseconds until there may be another; 0 for now. */
  waitFor(now: number): number {
    const oldest = this.#moments[this.#oldest];
    return oldest === undefined ? 0 : Math.max(0, Math.ceil(oldest + this.#rate.perMs - now));
  }

  /** Whether all that it remembers has ceased to count. */
  isOver(now: number): boolean {
    return (this.#moments.at(this.#oldest - 1) ?? 0) + this.#rate.perMs <= now;
  }
}

const key = ({ id }: Rule, uid: number): string => `${String(uid)}:${id}`;
