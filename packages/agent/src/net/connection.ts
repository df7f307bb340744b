import type { Socket } from "node:net";
import type { FrameSink, Request } from "@sotto/client/protocol";
import {
  FIRST_BYTE_MS,
  FRAME_MS,
  FRAME_SCRATCH_BYTES,
  FrameDecoder,
  IDLE_MS,
  ProtocolError,
} from "@sotto/client/protocol";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import type { Reply } from "../dispatch.ts";
import { dispatch, malformed, refuse } from "../dispatch.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import { CHUNK_BYTES } from "../vault/limits.ts";
import type { Connected } from "./accepted.ts";
import { socketOf, type SocketOptions } from "./accepted.ts";
import { PayloadIntake } from "./payload-intake.ts";
import { ReplyWriter } from "./reply-writer.ts";
import { judge } from "./request-judge.ts";

/** Room for the start of a reply in front of its first chunk. */
const REPLY_START_BYTES = 4 * 1024 - 8;
/** Secure memory of one connection: what arrives in pieces, and one chunk of a value on its way in or out. */
export const CONNECTION_BLOCK_BYTES = FRAME_SCRATCH_BYTES + CHUNK_BYTES + REPLY_START_BYTES;

export interface ConnectionOptions {
  readonly accepted: Connected;
  readonly agent: Agent;
  readonly session: Session;
  readonly block: SecureBuffer;
  /** Read by all connections, one after the other: its bytes are used up and wiped before the next read. */
  readonly readBuffer: Buffer;
  /** Called once, when nothing of the connection needs its block any more. */
  readonly onClosed: () => void;
}

/** One connection: reads frames, has each request judged and answered, in order, one at a time. */
export class Connection implements FrameSink {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #scratch: Buffer;
  readonly #decoder: FrameDecoder;
  readonly #intake: PayloadIntake;
  readonly #writer: ReplyWriter;
  #request: Request | undefined;
  /** A handler is at work, or a reply on its way out: what arrives meanwhile is kept in `#scratch`. */
  #busy = false;
  #handling = false;
  #kept = { start: 0, end: 0 };
  #ended = false;
  #deadline = performance.now() + FIRST_BYTE_MS;
  #confirmed = false;
  #frameBegan = false;
  #onGone: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { block } = options;
    this.#scratch = block.bytes.subarray(0, FRAME_SCRATCH_BYTES);
    const work = block.bytes.subarray(FRAME_SCRATCH_BYTES);
    this.#socket = socketOf(options.accepted, this.#socketOptions());
    this.#decoder = new FrameDecoder(this, this.#scratch);
    this.#intake = new PayloadIntake(work);
    this.#writer = new ReplyWriter(this.#socket, work, () => this.#continue());
    this.#socket.on("error", () => undefined); // a peer may go at any moment; 'close' follows
    this.#socket.on("end", () => this.#onEnd());
    this.#socket.on("close", () => this.#onClose());
    this.#socket.read(0); // begins to read; nothing ever comes into the stream itself but its end
  }

  #socketOptions(): SocketOptions {
    const { readBuffer } = this.#options;
    const callback = (count: number): boolean => this.#feed(readBuffer.subarray(0, count));
    return { allowHalfOpen: true, onread: { buffer: readBuffer, callback } };
  }

  /** Closes the connection when its time is over: first byte, a frame, a slow reader, idle. */
  checkDeadline(now: number): void {
    if (now >= this.#deadline) this.#socket.destroy();
  }

  /** The agent was locked: nothing of a secret leaves any more, and proofs are void. */
  onLock(): void {
    this.#options.session.forget();
    if (this.#writer.carriesSecret) this.#socket.destroy();
  }

  header(bytes: Uint8Array, payloadLength: number): void {
    const { agent, session } = this.#options;
    const verdict = judge(agent, session, bytes, payloadLength);
    this.#request = verdict.request;
    if (verdict.reply) this.#send(verdict.reply);
    else this.#intake.begin(verdict.value ? agent.state.vault.startValue() : undefined);
  }

  payload(part: Uint8Array): void {
    const request = this.#request;
    if (request) this.#orRefuse(request, () => this.#intake.add(part));
  }

  end(): boolean {
    this.#frameBegan = false;
    if (this.#request) this.#run(this.#request);
    else if (!this.#busy) this.#awaitNext(); // refused by its header, while the frame was not complete
    this.#request = undefined;
    return !this.#busy;
  }

  /** A lock while a value comes in makes it impossible to seal the rest: the request is refused, not the connection. */
  #orRefuse<T>(request: Request, action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#request = undefined;
      this.#send(refuse(this.#options.agent, request, this.#options.session, error));
      return undefined;
    }
  }

  #run(request: Request): void {
    const { agent, session } = this.#options;
    const taken = this.#orRefuse(request, () => this.#intake.finish());
    if (taken === undefined) return;
    const reply = dispatch(agent, request, session, {
      payload: taken.payload,
      value: taken.value,
      gone: () => this.#socket.destroyed,
      whenGone: (wake) => (this.#onGone = wake),
    });
    if (!(reply instanceof Promise)) return this.#send(reply);
    this.#busy = this.#handling = true;
    this.#deadline = Infinity; // the handler has its own limits
    void reply.then((ready) => this.#onHandled(ready));
  }

  #onHandled(reply: Reply): void {
    this.#handling = false;
    this.#onGone = undefined;
    if (this.#socket.destroyed) {
      reply.payload?.close?.();
      return this.#release();
    }
    this.#busy = false;
    this.#send(reply);
    if (!this.#waits) this.#continue();
  }

  #send(reply: Reply): void {
    this.#intake.wipe();
    try {
      if (this.#writer.send(reply)) return this.#awaitNext();
    } catch (error) {
      this.#options.agent.log.warn({ err: error }, "reply broken off");
      this.#socket.destroy(); // the peer must not take a part for the whole
    }
    this.#busy = true;
    this.#deadline = performance.now() + FRAME_MS;
  }

  /** The reply has left, or the handler is done: goes on with what has arrived meanwhile. */
  #continue(): void {
    this.#busy = false;
    this.#awaitNext();
    const { start, end } = this.#kept;
    this.#kept = { start: 0, end: 0 };
    if (end > start) this.#takeKept(start, end);
    if (this.#waits || this.#socket.destroyed) return;
    if (this.#ended) this.#socket.destroy();
    else this.#socket.resume();
  }

  /** `#busy` as it has become: the calls in between may have changed it. */
  get #waits(): boolean {
    return this.#busy;
  }

  /** Wipes what it has taken, but for the start of a header that the decoder has moved to the front. */
  #takeKept(start: number, end: number): void {
    this.#take(this.#scratch.subarray(start, end), start);
    if (this.#kept.end === 0) this.#scratch.fill(0, this.#decoder.midFrame ? end - start : 0, end);
  }

  /** Called by the socket with bytes in the shared read buffer. Returns false to stop reading. */
  #feed(chunk: Buffer): boolean {
    if (!this.#confirmed) this.#confirm();
    if (this.#busy) this.#keep(chunk, undefined);
    else if (!this.#socket.destroyed) this.#take(chunk, undefined);
    chunk.fill(0);
    return this.#reads && !this.#socket.destroyed;
  }

  /** Before the first bytes are acted on. Who is not who they seemed to be gets nothing, not even an answer. */
  #confirm(): void {
    const { agent, session } = this.#options;
    this.#confirmed = session.peer.confirm?.() ?? true;
    if (this.#confirmed) return;
    agent.audit.write({ peer: session.auditPeer, verb: "connect", result: "denied", note: "unconfirmed" });
    this.#socket.destroy();
  }

  /** While a handler works one more read is allowed, or nobody would notice that the peer has gone. */
  get #reads(): boolean {
    return !this.#busy || (this.#handling && this.#kept.end === 0);
  }

  /** Decodes what it can and keeps the rest; `keptAt` says where in scratch the bytes already lie. */
  #take(bytes: Buffer, keptAt: number | undefined): void {
    try {
      const used = this.#decoder.push(bytes);
      if (used < bytes.length)
        this.#keep(bytes.subarray(used), keptAt === undefined ? undefined : keptAt + used);
      else if (this.#decoder.midFrame && !this.#frameBegan && !this.#busy) this.#beginFrame();
    } catch (error) {
      this.#fail(error);
    }
  }

  #keep(rest: Buffer, keptAt: number | undefined): void {
    if (keptAt === undefined) this.#scratch.set(rest);
    this.#kept = { start: keptAt ?? 0, end: (keptAt ?? 0) + rest.length };
  }

  #beginFrame(): void {
    this.#frameBegan = true;
    this.#deadline = performance.now() + FRAME_MS;
  }

  #awaitNext(): void {
    if (this.#decoder.midFrame) return; // a refused payload is still coming in, under the deadline of its frame
    this.#deadline = performance.now() + IDLE_MS;
  }

  /** The stream is beyond repair: says why, once, and closes. */
  #fail(error: unknown): void {
    if (error instanceof ProtocolError) this.#writer.send(malformed(null, error));
    else this.#options.agent.log.error({ err: error }, "connection failed");
    this.#busy = true;
    this.#socket.destroySoon();
    this.#deadline = performance.now() + FRAME_MS;
  }

  #onEnd(): void {
    this.#ended = true;
    this.#onGone?.();
    if (!this.#busy) this.#socket.destroy();
  }

  #onClose(): void {
    this.#writer.abort();
    this.#onGone?.();
    if (!this.#handling) this.#release();
  }

  /** Not before a handler has ended: it may still read a passphrase from the block. */
  #release(): void {
    this.#intake.abort();
    this.#options.session.peer.release();
    this.#options.onClosed();
  }
}
