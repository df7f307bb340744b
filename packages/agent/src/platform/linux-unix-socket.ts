import * as libc from "./libc.ts";

// Numbers from the kernel's headers; the man page of the call is named beside each.
const AF_UNIX = 1; // unix(7)
const SOCK_STREAM = 1; // socket(2)
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const MSG_NOSIGNAL_DONTWAIT = 0x4000 | 0x40; // send(2)
const SOL_SOCKET = 1; // socket(7)
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const FAMILY_BYTES = 2;
const MAX_PATH_BYTES = 107;

const address = Buffer.alloc(128);
const length = Buffer.alloc(4);
const value = Buffer.alloc(4);

/**
 * Sends one message to the service manager, in the protocol of sd_notify(3), from this very process: the manager looks
 * at who sent it. `target` is a path, or `@` and an abstract name. Throws when it cannot be sent at once.
 */
export function notifyManager(target: string, message: string): void {
  const to = socketAddress(target);
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw libc.lastError("socket");
  try {
    const bytes = Buffer.from(message);
    const sent = libc.sendto(fd, bytes, bytes.length, MSG_NOSIGNAL_DONTWAIT, to, to.length);
    if (sent !== bytes.length) throw libc.lastError("sendto");
  } finally {
    libc.close(fd);
  }
}

function socketAddress(target: string): Buffer {
  const name = Buffer.from(target);
  const known = target.startsWith("/") || target.startsWith("@");
  if (!known || name.length < 2 || name.length > MAX_PATH_BYTES || name.includes(0))
    throw new Error("the address of the service manager is none that is known");
  if (target.startsWith("@")) name[0] = 0; // unix(7): an abstract name begins with a NUL, and its length ends it
  const family = Buffer.alloc(FAMILY_BYTES);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, name]);
}

/** The name that the other end of a connected Unix socket is bound to, as unix(7) has it; empty for one without a name. */
export function peerAddress(socketFd: number): Buffer {
  return addressBy("getpeername", libc.getpeername, socketFd) ?? Buffer.alloc(0);
}

/** The path at which a descriptor accepts connections; undefined when it is no listening Unix stream socket with a path. */
export function listeningAt(fd: number): string | undefined {
  if (option(fd, SO_TYPE) !== SOCK_STREAM || option(fd, SO_ACCEPTCONN) !== 1) return undefined;
  const name = addressBy("getsockname", libc.getsockname, fd);
  if (name?.[0] !== "/".charCodeAt(0)) return undefined;
  const end = name.indexOf(0);
  return name.toString("utf8", 0, end < 0 ? name.length : end);
}

/** undefined for what is not of the Unix family. */
function addressBy(call: string, ask: typeof libc.getpeername, fd: number): Buffer | undefined {
  length.writeUInt32LE(address.length);
  if (ask(fd, address, length) !== 0) throw libc.lastError(call);
  if (address.readUInt16LE() !== AF_UNIX) return undefined;
  return Buffer.from(address.subarray(FAMILY_BYTES, Math.min(length.readUInt32LE(), address.length)));
}

/** undefined for what is not a socket. */
function option(fd: number, name: number): number | undefined {
  length.writeUInt32LE(value.length);
  return libc.getsockopt(fd, SOL_SOCKET, name, value, length) === 0 ? value.readInt32LE() : undefined;
}
