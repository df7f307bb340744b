import type { Checkpoint } from "@sotto/client/protocol";
import { MAX_CHECKPOINTS } from "@sotto/client/protocol";
import type { Place } from "./place.ts";
import type { GoodLine } from "./walk.ts";

/** Asks the agent. */
export interface Judge {
  /** Names the key that the agent makes checkpoints with now. */
  readonly key: string;
  /** One answer for each, in order; at most `MAX_CHECKPOINTS`. */
  check(checkpoints: readonly Checkpoint[]): Promise<readonly boolean[]>;
}

/** A checkpoint at its line. */
export interface PlacedCheckpoint extends Place {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** How many good lines there are up to it. */
  readonly lines: number;
}

/** One that waits to be judged; without a code it cannot be good. */
interface Waiting {
  readonly at: PlacedCheckpoint;
  readonly head: string;
  readonly mac: string | undefined;
  /** It names the present key. */
  readonly present: boolean;
}

/** The agent closes a connection that is silent for a minute. */
const LONGEST_SILENCE_MS = 20_000;

/** Gathers the checkpoints of an audit and has them judged, a batch at a time. */
export class Checkpoints {
  readonly #judge: Judge;
  #waiting: Waiting[] = [];
  #asked = performance.now();
  /** How many were good. */
  good = 0;
  /** How many could not be judged, because another key made them: one from before a slot was removed, or a forger's. */
  otherKey = 0;
  /** The last good one: it vouches for every line before it. */
  lastGood: PlacedCheckpoint | undefined;
  /** The first of another key after the last good one: nothing vouches for it. */
  unvouched: PlacedCheckpoint | undefined;
  /** The first that claims to be of the present key, and is not good. */
  forged: PlacedCheckpoint | undefined;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** Takes the next line of the audit. */
  async add({ place, lines, record, before }: GoodLine): Promise<void> {
    const { verb, time, key, mac } = record;
    if (verb === "checkpoint")
      this.#waiting.push({
        at: { ...place, time, lines },
        head: before.toString("hex"),
        mac,
        present: key === this.#judge.key || key === undefined,
      });
    const silent = performance.now() - this.#asked > LONGEST_SILENCE_MS;
    if (this.#waiting.length === MAX_CHECKPOINTS || silent) await this.flush();
  }

  /** Has the rest judged. */
  async flush(): Promise<void> {
    const batch = this.#waiting.splice(0);
    const asked = batch.flatMap(({ head, mac, present }) =>
      present && mac !== undefined ? [{ head, mac }] : [],
    );
    const answers = [...(await this.#judge.check(asked))];
    this.#asked = performance.now();
    for (const { at, mac, present } of batch) {
      if (!present) this.#noteOther(at);
      else if (mac !== undefined && answers.shift() === true) this.#noteGood(at);
      else this.forged ??= at;
    }
  }

  #noteGood(at: PlacedCheckpoint): void {
    this.good++;
    this.lastGood = at;
    this.unvouched = undefined;
  }

  #noteOther(at: PlacedCheckpoint): void {
    this.otherKey++;
    this.unvouched ??= at;
  }
}
