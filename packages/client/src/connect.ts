import { resolve } from "node:path";
import { Backoff } from "./backoff.ts";
import { Client } from "./client.ts";
import { Connection } from "./connection.ts";
import { QUICK_MS } from "./deadlines.ts";
import { errnoOf } from "./errno.ts";
import { Limit, refuseAborted } from "./limit.ts";
import { checkSocketPath, firstExisting, jobSockets } from "./paths.ts";
import { platform } from "./platform/index.ts";
import { SottoError } from "./sotto-error.ts";

export interface ConnectOptions {
  /** Path of the agent's socket, at most 100 bytes. By default `SOTTO_SOCKET`, else the user's own agent, else the machine's. */
  readonly socket?: string | undefined;
  /** Milliseconds until the attempt fails with `timeout`; by default 2.5 s. */
  readonly timeoutMs?: number | undefined;
  /** Makes the attempt fail with `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Pauses between attempts while the agent has no room to accept, in milliseconds. */
export const FIRST_RETRY_MS = 10;
export const LONGEST_RETRY_MS = 200;

/**
 * Connects to an agent, after a check that its socket can be nobody else's. Sends nothing.
 * Rejects with a `SottoError`: `untrusted` when somebody else could have put the socket there, `unreachable`, `timeout`,
 * `aborted`, or `bad-argument` for a path that cannot be one.
 */
export function connect(options: ConnectOptions = {}): Promise<Client> {
  return attempt(options, async (connection) => {
    await connection.opened();
    return new Client(connection);
  });
}

/**
 * Connects, asks one thing and closes. The request is handed to the socket while it connects, and `timeoutMs` is for
 * everything together. Rejects as `connect` does, or with what `ask` raises.
 */
export function askOnce<T>(options: ConnectOptions, ask: (client: Client) => Promise<T>): Promise<T> {
  return attempt(options, async (connection) => {
    using client = new Client(connection);
    return await ask(client);
  });
}

/** Tries until the agent has room to accept the connection. */
async function attempt<T>(options: ConnectOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? QUICK_MS);
  const retry = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  const left = (): number => deadline - performance.now();
  for (;;) {
    refuseAborted(options.signal);
    try {
      return await within(left(), options, work);
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    if (left() <= 0) throw new SottoError("timeout");
    await retry.pause(left(), options.signal);
  }
}

/** One attempt. */
async function within<T>(
  timeoutMs: number,
  options: ConnectOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = new Connection(platform.openSocket(socketOf(options)));
  const limit = new Limit(timeoutMs, options.signal, (error) => connection.fail(() => error));
  try {
    return await work(connection);
  } finally {
    limit.clear();
  }
}

/** The agent has more connections to accept than the kernel keeps for it. */
const isFull = (error: unknown): boolean => error instanceof SottoError && errnoOf(error.cause) === "EAGAIN";

function socketOf({ socket }: ConnectOptions): string {
  if (socket === undefined) return firstExisting(jobSockets({}));
  checkSocketPath(socket);
  return checkSocketPath(resolve(socket));
}
