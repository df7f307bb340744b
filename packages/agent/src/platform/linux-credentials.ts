import * as libc from "./libc.ts";
import type { Peer } from "./types.ts";

const SOL_SOCKET = 1; // socket(7), unix(7)
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
const SO_PEERPIDFD = 77; // Linux 6.5
const MAX_GROUPS = 65_536; // NGROUPS_MAX

// Used again for each connection: the calls are synchronous, and their results copied out at once.
const length = Buffer.alloc(4);
const credentials = Buffer.alloc(12);
const descriptor = Buffer.alloc(4);
let groupList = Buffer.alloc(64 * 4);

/** getsockopt(2) into `value`; returns how many bytes of it were filled. Throws when the kernel refuses. */
function option(socketFd: number, name: number, value: Buffer): number {
  length.writeUInt32LE(value.length);
  if (libc.getsockopt(socketFd, SOL_SOCKET, name, value, length) !== 0) throw libc.lastError("getsockopt");
  return length.readUInt32LE();
}

/** Who is at the other end: the credentials that the kernel took at connect(), whatever the process has become since. */
export function peerCredentials(socketFd: number): Peer {
  option(socketFd, SO_PEERCRED, credentials);
  return {
    pid: credentials.readInt32LE(0),
    uid: credentials.readUInt32LE(4),
    gid: credentials.readUInt32LE(8),
    groups: peerGroups(socketFd),
  };
}

function peerGroups(socketFd: number): number[] {
  for (;;) {
    try {
      const filled = option(socketFd, SO_PEERGROUPS, groupList);
      const groups: number[] = [];
      for (let at = 0; at < filled; at += 4) groups.push(groupList.readUInt32LE(at));
      return groups;
    } catch (error) {
      if (codeOf(error) !== "ERANGE" || groupList.length >= MAX_GROUPS * 4) throw error;
      groupList = Buffer.alloc(groupList.length * 8);
    }
  }
}

/** A pidfd of the process that connected; `unsupported` before Linux 6.5; undefined for one that has ended and been reaped. */
export function peerPidfd(socketFd: number): number | "unsupported" | undefined {
  try {
    option(socketFd, SO_PEERPIDFD, descriptor);
    return descriptor.readInt32LE();
  } catch (error) {
    return codeOf(error) === "ENOPROTOOPT" ? "unsupported" : undefined;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
