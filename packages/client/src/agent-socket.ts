import type { OnReadOpts, SocketConstructorOpts } from "node:net";
import { Socket } from "node:net";
import { errnoOf } from "./errno.ts";

type Written = (error?: Error | null) => void;

/**
 * A socket that goes on reading when a write fails because the agent has closed. Node would end it at once and drop what
 * the agent said before it closed, such as `busy`; this one delivers that, and then the end.
 */
export class AgentSocket extends Socket {
  /** Reads into the buffer of `onread` and nowhere else. `fd`: of a connection that stands already. */
  constructor(onread: OnReadOpts, fd?: number) {
    const open = fd !== undefined && { fd, readable: true, writable: true };
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { onread, ...open }; // the types of Node 20 lack it here
    super(options);
  }

  override _write(chunk: unknown, encoding: BufferEncoding, written: Written): void {
    super._write(chunk, encoding, unlessClosed(written));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], written: Written): void {
    super._writev?.(chunks, unlessClosed(written));
  }
}

const unlessClosed =
  (written: Written): Written =>
  (error) => {
    if (errnoOf(error) !== "EPIPE") written(error);
  };
