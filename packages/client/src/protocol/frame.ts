import { ProtocolError } from "./errors.ts";
import { MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, PREFIX_BYTES } from "./limits.ts";

/** Receives the parts of the frames that a `FrameDecoder` finds, in order. It may throw a `ProtocolError`. */
export interface FrameSink {
  /**
   * A whole header. `bytes` is valid only during the call. The sink judges `payloadLength` here,
   * before the first payload byte is given to it.
   */
  header(bytes: Uint8Array, payloadLength: number): void;
  /** A part of the payload, valid only during the call; never called for an empty payload. */
  payload(part: Uint8Array): void;
  /** The frame is complete. Return false to make `push` stop before the next frame. */
  end(): boolean;
}

/** Writes the 8 bytes before a header at the start of `target`. Lengths are in bytes. */
export function writePrefix(target: Uint8Array, headerLength: number, payloadLength: number): void {
  const view = new DataView(target.buffer, target.byteOffset, PREFIX_BYTES);
  view.setUint32(0, headerLength);
  view.setUint32(4, payloadLength);
}

/** Writes all of a frame before its payload at the start of `target`: the prefix, and the encoded header. */
export function writeFrameHead(target: Uint8Array, header: Uint8Array, payloadLength: number): void {
  writePrefix(target, header.length, payloadLength);
  target.set(header, PREFIX_BYTES);
}

/** All of a frame before its payload. It holds nothing secret. */
export function frameHead(header: Uint8Array, payloadLength: number): Buffer {
  const head = Buffer.allocUnsafe(PREFIX_BYTES + header.length);
  writeFrameHead(head, header, payloadLength);
  return head;
}

/** Bytes that the decoder needs for a header that arrives in pieces. */
export const FRAME_SCRATCH_BYTES = PREFIX_BYTES + MAX_HEADER_BYTES;

/**
 * Splits a stream of bytes into frames. Pure: it is fed chunks, owns no socket and allocates nothing.
 * A header that arrives whole is passed on where it lies; one in pieces is gathered in `scratch`,
 * which the owner provides and wipes. Lengths are judged on the first 8 bytes.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #scratch: Uint8Array;
  /** Bytes of the prefix and header gathered in scratch. */
  #gathered = 0;
  /** Payload bytes still to come; undefined while the header is not complete. */
  #payloadLeft: number | undefined;

  constructor(sink: FrameSink, scratch: Uint8Array) {
    this.#sink = sink;
    this.#scratch = scratch;
  }

  /** True while a frame has begun and is not complete. */
  get midFrame(): boolean {
    return this.#gathered > 0 || this.#payloadLeft !== undefined;
  }

  /**
   * Takes bytes and returns how many were consumed: all of them, unless the sink asked to stop after a frame.
   * Throws `bad-frame` for a header of no bytes and `too-large` above a limit; the decoder is of no use afterwards.
   */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      at +=
        this.#payloadLeft === undefined
          ? this.#pushHeader(chunk.subarray(at))
          : this.#pushPayload(chunk.subarray(at));
      if (this.#payloadLeft !== 0) continue;
      this.#payloadLeft = undefined;
      if (!this.#sink.end()) break;
    }
    return at;
  }

  #pushHeader(bytes: Uint8Array): number {
    if (this.#gathered > 0 || bytes.length < PREFIX_BYTES) return this.#gather(bytes);
    const { total, payloadLength } = judgePrefix(bytes);
    if (bytes.length < total) return this.#gather(bytes);
    this.#payloadLeft = payloadLength;
    this.#sink.header(bytes.subarray(PREFIX_BYTES, total), payloadLength);
    return total;
  }

  /** Gathers the prefix first, so that its lengths are judged before a byte of the header is kept. */
  #gather(bytes: Uint8Array): number {
    const wanted = this.#gathered < PREFIX_BYTES ? PREFIX_BYTES : judgePrefix(this.#scratch).total;
    const taken = Math.min(bytes.length, wanted - this.#gathered);
    this.#scratch.set(bytes.subarray(0, taken), this.#gathered);
    this.#gathered += taken;
    if (this.#gathered < PREFIX_BYTES) return taken;
    const { total, payloadLength } = judgePrefix(this.#scratch);
    if (this.#gathered < total) return taken;
    this.#gathered = 0;
    this.#payloadLeft = payloadLength;
    this.#sink.header(this.#scratch.subarray(PREFIX_BYTES, total), payloadLength);
    return taken;
  }

  #pushPayload(bytes: Uint8Array): number {
    const left = this.#payloadLeft ?? 0;
    const taken = Math.min(bytes.length, left);
    this.#payloadLeft = left - taken;
    this.#sink.payload(bytes.subarray(0, taken));
    return taken;
  }
}

function judgePrefix(bytes: Uint8Array): { total: number; payloadLength: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  const headerLength = view.getUint32(0);
  const payloadLength = view.getUint32(4);
  if (headerLength === 0) throw new ProtocolError("bad-frame");
  if (headerLength > MAX_HEADER_BYTES || payloadLength > MAX_PAYLOAD_BYTES)
    throw new ProtocolError("too-large");
  return { total: PREFIX_BYTES + headerLength, payloadLength };
}
