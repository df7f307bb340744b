import type { Opened } from "./platform/index.ts";
import { AgentSocket } from "./agent-socket.ts";
import { fromErrno } from "./errno.ts";
import { Pending } from "./pending.ts";
import type { Answer } from "./pending.ts";
import { ProtocolError } from "./protocol/errors.ts";
import type { FrameSink } from "./protocol/frame.ts";
import { FrameDecoder } from "./protocol/frame.ts";
import { decodeHeader } from "./protocol/header.ts";
import { decodeReply } from "./protocol/replies.ts";
import type { Verb } from "./protocol/verbs.ts";
import { giveBuffers, takeBuffers } from "./read-buffers.ts";
import { SottoError } from "./sotto-error.ts";
import { wipe } from "./wipe.ts";

const closed = (): SottoError => SottoError.because("closed");

/**
 * One connection to an agent: the socket, and the requests on it in their order.
 * Node reads into a buffer of ours that is filled with 0 after each read: 'data' events would leave copies of a
 * value behind in the heap. Whatever goes wrong ends the connection, and with it every request on it.
 */
export class Connection implements FrameSink {
  readonly #socket: AgentSocket;
  readonly #buffers = takeBuffers();
  readonly #decoder = new FrameDecoder(this, this.#buffers.scratch);
  readonly #queue: Pending<Verb>[] = [];
  #lastId = 0;
  /** Why the connection cannot be used any more. */
  #failure: (() => SottoError) | undefined;
  #open = false;

  #onOpen: { resolve: () => void; reject: (error: SottoError) => void } | undefined;

  /** Starts to connect, where it is not connected yet. The path has been judged before. */
  constructor(opened: Opened) {
    const buffer = this.#buffers.read;
    const callback = (length: number): boolean => this.#read(buffer.subarray(0, length));
    const fd = "fd" in opened ? opened.fd : undefined;
    this.#socket = new AgentSocket({ buffer, callback }, fd);
    this.#socket.once("connect", () => {
      this.#open = true;
      this.#onOpen?.resolve();
    });
    this.#socket.on("error", (error) => this.fail(() => fromErrno(error)));
    // The end of what the agent sends is the end: it never closes one direction only and means it.
    this.#socket.on("end", () => this.fail(closed));
    this.#socket.on("close", () => this.fail(closed));
    if ("path" in opened) this.#socket.connect(opened);
    else this.#takeOver();
  }

  /** What was connected by somebody else is only read from when it is told to. */
  #takeOver(): void {
    this.#open = true;
    this.#socket.resume();
  }

  /** Settles when the connection stands, or with the first failure. Called once, before anything has happened. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#open) resolve();
      else this.#onOpen = { resolve, reject };
    });
  }

  /** The id for the next request: 1, 2, 3, ... */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Sends a request, as soon as the connection stands, and waits for its turn. `payload` is written from where it lies and must stay until the answer. */
  send<V extends Verb>(id: number, verb: V, head: Uint8Array, payload?: Uint8Array): Promise<Answer<V>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure());
    const pending = new Pending(id, verb);
    this.#queue.push(pending as unknown as Pending<Verb>);
    this.#socket.cork();
    this.#socket.write(head);
    if (payload !== undefined && payload.length > 0) this.#socket.write(payload);
    this.#socket.uncork();
    return pending.answer;
  }

  /**
   * Ends the connection. Requests without an answer fail; the first failure is the one that counts. The error is only
   * made when somebody gets to see it: a connection that is done with is closed without one.
   */
  fail(error: () => SottoError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#socket.destroy();
    giveBuffers(this.#buffers);
    if (!this.#open) this.#onOpen?.reject(error());
    for (const pending of this.#queue.splice(0)) pending.fail(error());
  }

  #read(bytes: Uint8Array): boolean {
    try {
      if (this.#failure === undefined) this.#decoder.push(bytes);
    } catch (cause) {
      const quotable = cause instanceof ProtocolError ? cause : undefined;
      this.fail(() => new SottoError("bad-reply", { cause: quotable }));
    } finally {
      wipe(bytes);
    }
    return true;
  }

  header(bytes: Uint8Array, payloadLength: number): void {
    const header = decodeHeader(bytes);
    const oldest = this.#queue[0];
    if (oldest === undefined) return this.#unasked(header, payloadLength);
    oldest.header(header, payloadLength);
  }

  payload(part: Uint8Array): void {
    this.#queue[0]?.part(part);
  }

  end(): boolean {
    this.#queue.shift()?.end();
    return this.#failure === undefined;
  }

  /** An agent may speak first only to refuse the connection: `busy` arrives before the first request. */
  #unasked(header: ReturnType<typeof decodeHeader>, payloadLength: number): void {
    const reply = decodeReply("status", header);
    if (reply.ok || reply.id !== null || payloadLength > 0) throw new ProtocolError("bad-frame");
    this.fail(() => new SottoError(reply.error, { details: reply.details }));
  }
}
