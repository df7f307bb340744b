import type { Connection } from "./connection.ts";
import { deadlineOf } from "./deadlines.ts";
import { encodeRequest } from "./encode.ts";
import { Limit, refuseAborted } from "./limit.ts";
import type { Answer } from "./pending.ts";
import type { RequestOf, Verb } from "./protocol/verbs.ts";
import { Secret } from "./secret.ts";
import { SottoError } from "./sotto-error.ts";

/** How long one request may take. */
export interface CallOptions {
  /** Milliseconds until the request fails with `timeout`; by default 2.5 s, or 60 s for verbs that derive keys or save. */
  readonly timeoutMs?: number | undefined;
  /** Makes the request fail with `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

export interface RequestOptions extends CallOptions {
  /** The raw bytes of the request: a value, a passphrase or a token. Not copied; the caller wipes it after the answer. */
  readonly payload?: Uint8Array | undefined;
}

export interface GetOptions extends CallOptions {
  /** The token that the job was given, at most 1 KiB. Not copied; the caller wipes it after the answer. */
  readonly token?: Uint8Array | undefined;
  /** As an administrator, without a rule; audited as such. */
  readonly admin?: boolean | undefined;
}

/**
 * A connection to an agent. Requests may be sent without waiting for earlier answers; they are answered in order.
 * A request that times out or is aborted ends the connection: its reply could not be told from the next one's.
 */
export class Client {
  readonly #connection: Connection;

  /** Use `connect`. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Sends a request. The caller owns the payload of the answer and wipes it.
   * Rejects with a `SottoError`: the agent's code, or `unreachable`, `timeout`, `aborted`, `bad-reply`.
   * What the agent would refuse in any case (`bad-request`, `too-large`) is refused before it is sent.
   */
  async request<V extends Verb>(
    verb: V,
    fields: RequestOf<V>,
    options: RequestOptions = {},
  ): Promise<Answer<V>> {
    const { payload, signal, timeoutMs = deadlineOf(verb, fields) } = options;
    refuseAborted(signal);
    const id = this.#connection.nextId();
    const head = encodeRequest(id, verb, fields, payload?.length ?? 0);
    const limit = new Limit(timeoutMs, signal, (error) => this.#connection.fail(() => error));
    try {
      return await this.#connection.send(id, verb, head, payload);
    } finally {
      limit.clear();
    }
  }

  /**
   * Fetches a secret; dispose of it after use. Rejects with a `SottoError`: `denied` where no rule allows it or there is
   * no such secret, `locked`, `uninitialised`, `rate-limited`, `bad-request` for what is no name, and as `request`.
   */
  async get(name: string, options: GetOptions = {}): Promise<Secret> {
    const { token, admin, ...call } = options;
    const { fields, payload } = await this.request("get", { name, admin }, { ...call, payload: token });
    return new Secret(name, fields, payload);
  }

  /** Ends the connection; requests without an answer fail with `aborted`. May be called again. */
  close(): void {
    this.#connection.fail(() => new SottoError("aborted"));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
