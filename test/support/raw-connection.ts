import { connect, type Socket } from "node:net";
import {
  decodeHeader,
  encodeHeader,
  type HeaderFields,
  PREFIX_BYTES,
  writePrefix,
} from "@sotto/client/protocol";

/** A frame as bytes: a header of any fields, valid or not, and a payload. */
export function frame(header: HeaderFields | Buffer, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.isBuffer(header) ? header : encodeHeader(header);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  writePrefix(prefix, bytes.length, payload.length);
  return Buffer.concat([prefix, bytes, payload]);
}

export interface RawReply {
  readonly header: ReadonlyMap<string, unknown>;
  readonly payload: Buffer;
  /** The whole frame. */
  readonly bytes: Buffer;
}

/** A client without manners: sends any bytes and reads frames, so that tests can do what the library never would. */
export class RawConnection implements Disposable {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static open(path: string): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(new RawConnection(socket)));
      socket.once("error", reject);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends one request and reads one reply. */
  async request(header: HeaderFields, payload?: Uint8Array): Promise<RawReply> {
    this.send(frame(header, payload));
    const reply = await this.reply();
    if (reply === undefined) throw new Error("closed without a reply");
    return reply;
  }

  /** The next frame; undefined when the connection closes before one is complete. */
  async reply(): Promise<RawReply | undefined> {
    for (;;) {
      const reply = this.#takeFrame();
      if (reply) return reply;
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Resolves when the other side has closed. */
  async untilClosed(): Promise<void> {
    while (!this.#closed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #takeFrame(): RawReply | undefined {
    if (this.#received.length < PREFIX_BYTES) return undefined;
    const headerEnd = PREFIX_BYTES + this.#received.readUInt32BE(0);
    const end = headerEnd + this.#received.readUInt32BE(4);
    if (this.#received.length < end) return undefined;
    const bytes = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    return {
      header: decodeHeader(bytes.subarray(PREFIX_BYTES, headerEnd)),
      payload: bytes.subarray(headerEnd),
      bytes,
    };
  }
}
