import type { State } from "@sotto/client/protocol";
import { AgentError } from "./errors.ts";
import type { Vault } from "./vault/vault.ts";

/** Who unlocked the vault, and until when it stays so. */
export interface Unlocked {
  readonly vault: Vault;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly byUid: number;
}

/** Why it locked without being asked to. */
export type LockCause = "its time was over" | "it was not used" | "the agent ends";

export interface StateOptions {
  /** Milliseconds on a clock that never jumps and goes on during a suspend: a laptop that slept locks when it wakes. */
  readonly now: () => number;
  readonly vaultExists: () => boolean;
  /** Lock after this long without use, in milliseconds. */
  readonly lockAfterMs: number | undefined;
}

/**
 * The state of the agent: `uninitialised`, `locked` or `unlocked`. Every question passes the deadlines first,
 * so that no request slips in between the end of a time to live and the timer that would notice it.
 */
export class StateMachine {
  readonly #options: StateOptions;
  readonly #beforeLock = new Set<() => void>();
  readonly #onLock = new Set<(cause?: LockCause) => void>();
  #waiters = new Set<() => void>();
  #unlocked: Unlocked | undefined;
  #ttlEnd = Infinity;
  #lastUse = 0;
  #locks = 0;
  /** False while the newest save could still be undone by a crash of the machine. */
  durable = true;

  constructor(options: StateOptions) {
    this.#options = options;
  }

  get current(): State {
    this.#expire();
    if (this.#unlocked) return "unlocked";
    return this.#options.vaultExists() ? "locked" : "uninitialised";
  }

  /** The open vault and its unlock; undefined unless unlocked. */
  get unlocked(): Unlocked | undefined {
    this.#expire();
    return this.#unlocked;
  }

  /** The open vault. Throws `locked`: for code behind the gate, when a lock came in between. */
  get vault(): Vault {
    const vault = this.unlocked?.vault;
    if (vault === undefined) throw new AgentError("locked");
    return vault;
  }

  /** The open vault, without asking whether its time is over: for who records a lock, and must not cause one. */
  get held(): Vault | undefined {
    return this.#unlocked?.vault;
  }

  /** Counts the locks. An unlock that finds another count at its end has been overtaken by a lock. */
  get lockCount(): number {
    return this.#locks;
  }

  /** When it will lock by itself, in milliseconds since 1970; undefined for never. */
  get locksAt(): number | undefined {
    const end = this.#deadline();
    return end === Infinity ? undefined : Math.round(Date.now() + end - this.#options.now());
  }

  /** Runs before an open vault is locked, while the keys are there. It must be quick, touch no disk and not throw. */
  beforeLock(action: () => void): void {
    this.#beforeLock.add(action);
  }

  /** Runs at every lock, after the keys are gone. */
  onLock(action: (cause?: LockCause) => void): void {
    this.#onLock.add(action);
  }

  open(vault: Vault, byUid: number, ttlMs?: number): void {
    this.#unlocked?.vault.destroy(); // there never should be one: no lock would reach it any more
    this.#unlocked = { vault, since: Date.now(), byUid };
    this.extend(ttlMs);
    this.used();
    for (const wake of this.#waiters) wake();
    this.#waiters = new Set();
  }

  /** Sets how long the vault stays unlocked from now on, used or not; undefined: without an end. */
  extend(ttlMs: number | undefined): void {
    this.#ttlEnd = ttlMs === undefined ? Infinity : this.#options.now() + ttlMs;
  }

  /** Something was fetched or changed: the idle time starts anew. */
  used(): void {
    this.#lastUse = this.#options.now();
  }

  /** Destroys the keys first, then everything else that was unlocked with them. Idempotent. `cause`: if nobody asked. */
  lock(cause?: LockCause): void {
    this.#locks++;
    try {
      this.#destroy();
    } finally {
      for (const action of this.#onLock) action(cause);
    }
  }

  /** Locks if its time is over. Called a few times a second, so that the keys do not outlive it unasked. */
  checkDeadlines(): void {
    this.#expire();
  }

  /** Calls `wake` once, at the next unlock. Returns what takes that back. */
  whenUnlocked(wake: () => void): () => void {
    this.#waiters.add(wake);
    return () => this.#waiters.delete(wake);
  }

  #destroy(): void {
    if (this.#unlocked === undefined) return;
    try {
      for (const action of this.#beforeLock) action();
    } finally {
      this.#unlocked.vault.destroy();
      this.#unlocked = undefined;
    }
  }

  #deadline(): number {
    if (!this.#unlocked) return Infinity;
    const { lockAfterMs } = this.#options;
    return Math.min(this.#ttlEnd, lockAfterMs === undefined ? Infinity : this.#lastUse + lockAfterMs);
  }

  #expire(): void {
    const deadline = this.#deadline();
    if (deadline === Infinity) return; // asked several times a request: not even the clock is looked at
    const now = this.#options.now();
    if (now < deadline) return;
    this.lock(now >= this.#ttlEnd ? "its time was over" : "it was not used");
  }
}
