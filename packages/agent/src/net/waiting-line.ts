import { PLACE_WAIT_MS } from "@sotto/client/protocol";

/** Somebody who waits, and whose they are. */
export interface Waiting {
  readonly uid: number;
}

interface Place<T> {
  readonly one: T;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

/**
 * Those who have connected above a limit, the first at the front. Jobs that start in the same second are served one
 * after the other so, and not told to come again; they only wait for connections of their own user to end. Nothing is
 * read of them meanwhile. It keeps nobody out: who is below the limits never waits here.
 */
export class WaitingLine<T extends Waiting> {
  readonly #room: number;
  readonly #giveUp: (one: T) => void;
  readonly #places: Place<T>[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `giveUp` is called with each who has waited for too long. */
  constructor(room: number, giveUp: (one: T) => void) {
    this.#room = room;
    this.#giveUp = giveUp;
  }

  /** False where the line is full. */
  join(one: T): boolean {
    if (this.#places.length >= this.#room) return false;
    this.#places.push({ one, until: performance.now() + PLACE_WAIT_MS });
    if (this.#timer === undefined) this.#wakeAfter(PLACE_WAIT_MS);
    return true;
  }

  /** Takes out the one who has waited longest of those whose user `mayEnter`. */
  next(mayEnter: (uid: number) => boolean): T | undefined {
    const index = this.#places.findIndex(({ one }) => mayEnter(one.uid));
    return index < 0 ? undefined : this.#places.splice(index, 1)[0]?.one;
  }

  #wakeAfter(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), ms);
  }

  #expire(): void {
    const now = performance.now();
    this.#timer = undefined;
    for (let first = this.#places[0]; first !== undefined; first = this.#places[0]) {
      if (first.until > now) return this.#wakeAfter(first.until - now);
      this.#places.shift();
      this.#giveUp(first.one);
    }
  }
}
