import { readFileSync } from "node:fs";
import * as libc from "./libc.ts";
import type { PeerHandle } from "./types.ts";

const SOL_SOCKET = 1; // socket(7), unix(7)
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
const SO_PEERPIDFD = 77; // Linux 6.5
const MAX_GROUPS = 65_536; // NGROUPS_MAX

/** Who is at the other end: the credentials that the kernel took at connect(), whatever the process has become since. */
export function linuxPeer(socketFd: number): PeerHandle {
  const credentials = option(socketFd, SO_PEERCRED, Buffer.alloc(12));
  const pid = credentials.readInt32LE(0);
  const identity = {
    pid,
    uid: credentials.readUInt32LE(4),
    gid: credentials.readUInt32LE(8),
    groups: peerGroups(socketFd),
  };
  const pidfd = peerPidfd(socketFd);
  if (pidfd !== undefined)
    return { ...identity, isAlive: () => pidfdAlive(pidfd), release: () => void libc.close(pidfd) };
  const started = startTime(pid);
  return {
    ...identity,
    isAlive: () => started !== undefined && startTime(pid) === started,
    release: () => undefined,
  };
}

const length = Buffer.alloc(4);

/** getsockopt(2) into `value`; returns the part of it that was filled. Throws when the kernel refuses. */
function option(socketFd: number, name: number, value: Buffer): Buffer {
  length.writeUInt32LE(value.length);
  if (libc.getsockopt(socketFd, SOL_SOCKET, name, value, length) !== 0) throw libc.lastError("getsockopt");
  return value.subarray(0, length.readUInt32LE());
}

function peerGroups(socketFd: number): number[] {
  for (let room = 64; ; room *= 8) {
    try {
      const groups = option(socketFd, SO_PEERGROUPS, Buffer.alloc(room * 4));
      return Array.from({ length: groups.length / 4 }, (_, i) => groups.readUInt32LE(i * 4));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERANGE" || room > MAX_GROUPS) throw error;
    }
  }
}

/** undefined before Linux 6.5, and for a peer that has ended and been reaped. */
function peerPidfd(socketFd: number): number | undefined {
  try {
    return option(socketFd, SO_PEERPIDFD, Buffer.alloc(4)).readInt32LE();
  } catch {
    return undefined;
  }
}

/** EPERM also means that the process is there: it belongs to someone else. */
function pidfdAlive(pidfd: number): boolean {
  return libc.pidfdSendSignal(pidfd, 0) === 0 || libc.errno() === libc.errorNumbers["EPERM"];
}

// Positions in /proc/PID/stat after the name, which may itself hold spaces and brackets (proc_pid_stat(5)).
const SESSION = 3;
const START_TIME = 19;

function statFields(pid: number): string[] | undefined {
  if (pid <= 0) return undefined;
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

const startTime = (pid: number): string | undefined => statFields(pid)?.[START_TIME];

/** The kernel's session id and the start time of its leader: a session of the same number later is another one. */
export function sessionOf(peer: PeerHandle): string | undefined {
  if (!peer.isAlive()) return undefined;
  const session = statFields(peer.pid)?.[SESSION];
  const leaderStarted = session === undefined ? undefined : startTime(Number(session));
  if (leaderStarted === undefined || !peer.isAlive()) return undefined;
  return `${session ?? ""}:${leaderStarted}`;
}
