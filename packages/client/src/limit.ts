import { SottoError } from "./sotto-error.ts";

/** Timers of Node hold at most this many milliseconds; more would fire at once, and less than none makes it warn. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Ends something when its time is over or its caller gives up, unless it is cleared before. */
export class Limit {
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;

  /** `expire` gets `timeout` or `aborted`. Infinity: somebody else watches the time. */
  constructor(timeoutMs: number, signal: AbortSignal | undefined, expire: (error: SottoError) => void) {
    if (timeoutMs !== Infinity)
      this.#timer = setTimeout(
        () => expire(new SottoError("timeout")),
        Math.min(Math.max(timeoutMs, 1), LONGEST_TIMER_MS),
      );
    this.#signal = signal;
    this.#abort = () => expire(new SottoError("aborted", { cause: signal?.reason }));
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

/** Throws `aborted` when the caller gave up before it began: no event tells of that any more. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SottoError("aborted", { cause: signal.reason });
}
