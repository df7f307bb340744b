import { setTimeout as sleep } from "node:timers/promises";
import { refuseAborted } from "./limit.ts";

const GROWTH = 1.6;

/** Growing pauses between attempts, with jitter so that jobs that began together do not come back together. */
export class Backoff {
  readonly #longest: number;
  #next: number;

  /** Milliseconds of the first and of the longest pause. */
  constructor(first: number, longest: number) {
    this.#next = first;
    this.#longest = longest;
  }

  /** Waits for the next pause, but at most `atMost` milliseconds. Rejects with `aborted`. */
  async pause(atMost: number, signal?: AbortSignal): Promise<void> {
    const jittered = this.#next * (0.75 + Math.random() / 2);
    this.#next = Math.min(this.#next * GROWTH, this.#longest);
    try {
      await sleep(Math.max(0, Math.min(jittered, this.#longest, atMost)), undefined, { signal });
    } catch (error) {
      refuseAborted(signal);
      throw error;
    }
  }
}
