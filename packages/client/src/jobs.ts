/** What a job calls: one secret, for a moment. */
import { askOnce } from "./connect.ts";
import type { ConnectOptions } from "./connect.ts";
import { isSecretName } from "./protocol/names.ts";
import type { Secret } from "./secret.ts";
import { SottoError } from "./sotto-error.ts";
import { isPassing, patience, waitForUnlock } from "./wait.ts";

export interface GetSecretOptions extends ConnectOptions {
  /** The token that the job was given, at most 1 KiB. Not copied; the caller wipes it afterwards. */
  readonly token?: Uint8Array | undefined;
  /** How long to wait while the agent is absent, locked or busy, in milliseconds; by default it is not waited for. */
  readonly waitMs?: number | undefined;
}

/**
 * Fetches a secret over a connection of its own; dispose of it after use. `timeoutMs` is for connection and answer together.
 * Rejects with a `SottoError`: `denied`, `locked`, `uninitialised`, `rate-limited`, `busy`, `bad-request` and what `connect` raises.
 *
 * @example
 * using secret = await getSecret("db/password", { waitMs: 60_000 });
 */
export async function getSecret(name: string, options: GetSecretOptions = {}): Promise<Secret> {
  if (!isSecretName(name)) throw new SottoError("bad-request");
  const { waitMs = 0, ...call } = options;
  const deadline = performance.now() + waitMs;
  const pauses = patience();
  for (;;) {
    try {
      return await roundTrip(name, call);
    } catch (error) {
      const left = deadline - performance.now();
      if (left <= 0 || !isPassing(error)) throw error;
      await pauses.pause(left, call.signal);
      await waitForUnlock({ ...call, waitMs: Math.max(0, deadline - performance.now()) });
    }
  }
}

/**
 * Fetches a secret, calls `use` with it, and disposes of it on every way out. Resolves to what `use` returns.
 * Rejects with what `getSecret` raises, or with what `use` throws.
 *
 * @example
 * await withSecret("db/password", (secret) => login(secret.attributes.username, secret.bytes));
 */
export async function withSecret<T>(
  name: string,
  use: (secret: Secret) => T | Promise<T>,
  options: GetSecretOptions = {},
): Promise<T> {
  using secret = await getSecret(name, options);
  return await use(secret);
}

/** Connects, asks, closes. The limits of the attempt are those of the request. */
function roundTrip(name: string, { token, ...options }: GetSecretOptions): Promise<Secret> {
  return askOnce(options, (client) => client.get(name, { token, timeoutMs: Infinity }));
}
