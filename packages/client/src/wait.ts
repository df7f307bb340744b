import { Backoff } from "./backoff.ts";
import { connect } from "./connect.ts";
import type { ConnectOptions } from "./connect.ts";
import { MAX_WAIT_MS } from "./protocol/limits.ts";
import { SottoError } from "./sotto-error.ts";

export interface WaitOptions extends ConnectOptions {
  /** How long to wait for the unlock, in milliseconds; 0 looks once. */
  readonly waitMs: number;
}

/** Pauses between attempts to reach an agent that is not there, in milliseconds. */
export const FIRST_PAUSE_MS = 100;
export const LONGEST_PAUSE_MS = 1_000;

/** What passes by itself, or by what an administrator does at boot. */
const PASSING = new Set<string>(["unreachable", "timeout", "busy", "locked", "uninitialised"]);

/** True for a failure that may be over after a while of waiting. */
export const isPassing = (error: unknown): error is SottoError =>
  error instanceof SottoError && PASSING.has(error.code);

/** The pauses that suit a job that waits for the unlock after a boot. */
export const patience = (): Backoff => new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);

/**
 * Resolves as soon as the agent is unlocked: it looks for an absent agent again and again, and lets a locked one answer
 * when it is unlocked. Rejects with a `SottoError`: the last thing seen when the time is over (`locked`, `uninitialised`,
 * `unreachable`, `timeout` or `busy`), and at once for what waiting does not mend, such as `untrusted` or `aborted`.
 */
export async function waitForUnlock(options: WaitOptions): Promise<void> {
  const deadline = performance.now() + options.waitMs;
  const pauses = patience();
  for (;;) {
    const obstacle = await look(options, deadline);
    if (obstacle === undefined) return;
    const left = deadline - performance.now();
    if (left <= 0) throw obstacle;
    await pauses.pause(left, options.signal);
  }
}

/** Asks once, and lets the agent wait until the deadline. Returns what stands in the way; undefined when it is unlocked. */
async function look(options: ConnectOptions, deadline: number): Promise<SottoError | undefined> {
  try {
    using client = await connect(options);
    const left = Math.ceil(deadline - performance.now());
    const timeoutMs = Math.min(Math.max(left, 1), MAX_WAIT_MS);
    const { fields } = await client.request("wait", { timeoutMs }, { signal: options.signal });
    return fields.state === "unlocked" ? undefined : new SottoError(fields.state);
  } catch (error) {
    if (isPassing(error)) return error;
    throw error;
  }
}
