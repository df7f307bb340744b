import type { Moment } from "./record.ts";

/** Smaller differences are the two clocks being read one after the other, or a clock that is nudged along. */
const JUMP_MS = 2_000;

export interface Clocks {
  /** Milliseconds since 1970, as set by whoever may set the clock. */
  readonly wall: () => number;
  /** Milliseconds on a clock that nobody sets and that goes on during a suspend. */
  readonly boot: () => number;
}

/** Tells, of each moment, whether the clock was set since the one before. */
export class ClockWatch {
  readonly #clocks: Clocks;
  /** Wall minus boot: constant unless somebody sets the clock. */
  #offset: number;
  /** As it was at the last moment asked for. */
  #latest: number;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#offset = this.#latest = clocks.wall() - clocks.boot();
  }

  moment(): Moment {
    const time = this.#clocks.wall();
    this.#latest = time - this.#clocks.boot();
    const jump = this.#latest - this.#offset;
    return Math.abs(jump) > JUMP_MS ? { time, clockJumpMs: Math.round(jump) } : { time };
  }

  /** The line of the last moment has been written: the next one is compared with it. */
  told(): void {
    this.#offset = this.#latest;
  }
}
