import type { Socket } from "node:net";
import { encodeHeader, frameHead, PREFIX_BYTES, writeFrameHead } from "@sotto/client/protocol";
import type { Reply } from "../dispatch.ts";
import { CHUNK_BYTES } from "../vault/limits.ts";
import type { PayloadSource } from "../verbs/handler.ts";

/**
 * Writes one reply at a time. A secret is unsealed into `work`, a piece of secure memory, at most one chunk at a time;
 * each chunk is wiped as soon as the kernel has it. A slow reader holds up nobody but itself.
 */
export class ReplyWriter {
  readonly #socket: Socket;
  readonly #work: Buffer;
  readonly #onDone: () => void;
  #payload: PayloadSource | undefined;
  /** The write that is waited for; a number tells it from earlier ones, whose callbacks may still come. */
  #awaited = 0;
  #writes = 0;

  /** `onDone` is called when a reply has left for which `send` returned false. */
  constructor(socket: Socket, work: Buffer, onDone: () => void) {
    this.#socket = socket;
    this.#work = work;
    this.#onDone = onDone;
  }

  /** True while bytes of a secret are, or will be, on their way. */
  get carriesSecret(): boolean {
    return this.#payload !== undefined;
  }

  /** Writes a reply. Returns true when the kernel has taken all of it already. */
  send(reply: Reply): boolean {
    const header = encodeHeader(reply.header);
    const start = PREFIX_BYTES + header.length;
    if (reply.payload === undefined) return this.#write(frameHead(header, 0));
    this.#payload = reply.payload;
    const fits = start + CHUNK_BYTES <= this.#work.length;
    if (fits) writeFrameHead(this.#work, header, reply.payload.length);
    else if (!this.#write(frameHead(header, reply.payload.length))) return false;
    return this.#pump(fits ? start : 0);
  }

  /** Drops what has not left yet. */
  abort(): void {
    this.#payload?.close?.();
    this.#payload = undefined;
    this.#awaited = 0;
    this.#work.fill(0);
  }

  /** Unseals and writes chunk after chunk while the kernel takes them; `filled` bytes of `work` go out before the first. */
  #pump(filled: number): boolean {
    for (let offset = filled; this.#payload !== undefined; offset = 0) {
      const end = offset + this.#payload.read(this.#work.subarray(offset));
      if (end === offset) this.#finishPayload();
      if (end > 0 && !this.#write(this.#work.subarray(0, end))) return false;
    }
    return true;
  }

  #finishPayload(): void {
    this.#payload?.close?.();
    this.#payload = undefined;
  }

  #write(bytes: Buffer): boolean {
    const number = ++this.#writes;
    this.#socket.write(bytes, () => this.#written(number));
    if (this.#socket.writableLength > 0) {
      this.#awaited = number;
      return false;
    }
    this.#work.fill(0);
    return true;
  }

  #written(number: number): void {
    if (number !== this.#awaited || this.#socket.destroyed) return;
    this.#awaited = 0;
    this.#work.fill(0);
    if (this.#pump(0)) this.#onDone();
  }
}
