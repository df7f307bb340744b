import type { Arrival } from "../platform/index.ts";
import { type ConnectOpts, type Server, Socket, type SocketConstructorOpts } from "node:net";

/*
 * What the agent asks of Node beyond its documentation: the handle of a connection before Node makes a socket of it, and
 * the descriptor behind it. A socket of Node's would be thrown away for one that reads into secure memory, and the two
 * cost more than the whole decision. `npm run test:lines` shows that all lines of Node that are supported have both.
 */

/** A connection that was accepted and from which nothing has been read: `net.Socket` takes it over with the option `handle`. */
export interface Accepted {
  readonly fd: number;
  close(): void;
}

/** One that came over a named pipe: `net.Socket` takes it over with the option `fd`. */
export interface FromPipe {
  readonly descriptor: number;
}

export type Connected = Accepted | FromPipe;

/** Takes over a connection that came over a named pipe. */
export const takeFromPipe = (arrival: Arrival): FromPipe => ({ descriptor: arrival.take() });

type OnConnection = (status: number, accepted: Accepted | undefined) => void;

/** Hands over every connection of a listening server as it comes in. `failed` is called where none could be taken. */
export function takeConnections(
  server: Server,
  take: (accepted: Accepted) => void,
  failed: (error: Error) => void,
): void {
  const handle = (server as unknown as { _handle?: { onconnection?: OnConnection } })._handle;
  if (typeof handle?.onconnection !== "function")
    throw new Error("this version of node does not hand over connections");
  handle.onconnection = (status, accepted) => {
    if (accepted === undefined) failed(new Error(`accept: ${String(status)}`));
    else take(accepted);
  };
}

/** What a socket can be told; `onread` is documented for connect() only, and works for an accepted connection just as well. */
export type SocketOptions = Pick<SocketConstructorOpts, "allowHalfOpen"> & Pick<ConnectOpts, "onread">;

/** The socket of a connection that was taken over. */
export function socketOf(connected: Connected, { allowHalfOpen, onread }: SocketOptions = {}): Socket {
  const isPipe = "descriptor" in connected;
  const handle = isPipe ? undefined : connected;
  const fd = isPipe ? connected.descriptor : undefined;
  // The last three Node sets itself, to the same: added to the object only then, they cost a fetch an eighth more.
  const options = {
    handle,
    fd,
    allowHalfOpen,
    onread,
    readable: true,
    writable: true,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
  };
  return new Socket(options);
}

/** The descriptor of a connection. Throws where Node does not tell it: nobody is served unless it is known who is there. */
export function descriptorOf(connection: Accepted | Socket): number {
  const { fd } =
    connection instanceof Socket ? (connection as unknown as { _handle: Accepted })._handle : connection;
  if (typeof fd !== "number" || fd < 0)
    throw new Error("this version of node does not tell the descriptor of a socket");
  return fd;
}
