import type { DecodedHeader } from "./protocol/header.ts";
import { decodeReply, replyPayloadLimit } from "./protocol/replies.ts";
import { ProtocolError } from "./protocol/errors.ts";
import type { ReplyOf, Verb } from "./protocol/verbs.ts";
import { secretBuffer } from "./secret-buffer.ts";
import { SottoError } from "./sotto-error.ts";
import { wipe } from "./wipe.ts";

/** An answered request. The caller owns `payload` and wipes it. */
export interface Answer<V extends Verb> {
  readonly fields: ReplyOf<V>;
  /** The raw bytes of the reply: a value or a recovery code, else empty. */
  readonly payload: Buffer;
}

const NOTHING = Buffer.alloc(0);

/**
 * One request that waits for its reply. The payload of the reply goes straight into the one buffer that the caller
 * gets; on every other way out it is filled with 0.
 */
export class Pending<V extends Verb> {
  readonly answer: Promise<Answer<V>>;
  readonly #id: number;
  readonly #verb: V;
  #settle!: { resolve: (answer: Answer<V>) => void; reject: (error: SottoError) => void };
  #fields: ReplyOf<V> | undefined;
  #error: SottoError | undefined;
  #payload: Buffer = NOTHING;
  #filled = 0;

  constructor(id: number, verb: V) {
    this.#id = id;
    this.#verb = verb;
    this.answer = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  /** Takes the header of the reply. Throws a `ProtocolError` when it is not the reply to this request. */
  header(header: DecodedHeader, payloadLength: number): void {
    const reply = decodeReply(this.#verb, header);
    const addressed = reply.id === this.#id || (reply.id === null && !reply.ok);
    const limit = reply.ok ? replyPayloadLimit(this.#verb) : 0;
    if (!addressed || payloadLength > limit) throw new ProtocolError("bad-frame");
    if (!reply.ok) this.#error = new SottoError(reply.error, { details: reply.details });
    else this.#fields = reply.fields;
    if (payloadLength > 0) this.#payload = secretBuffer(payloadLength);
  }

  /** Takes a part of the reply's payload, and copies it. */
  part(part: Uint8Array): void {
    this.#payload.set(part, this.#filled);
    this.#filled += part.length;
  }

  /** The reply is complete. */
  end(): void {
    if (this.#error !== undefined) return this.fail(this.#error);
    if (this.#fields !== undefined) this.#settle.resolve({ fields: this.#fields, payload: this.#payload });
  }

  /** There will be no reply, or none that counts. */
  fail(error: SottoError): void {
    wipe(this.#payload);
    this.#settle.reject(error);
  }
}
