import * as libc from "./libc.ts";
import { statusBehind } from "./linux-file.ts";
import { hasEnded, processStat } from "./linux-proc.ts";

/** Whether a pid still means the process that it meant. */
export interface Life {
  isAlive(): boolean;
  /** The effective uid of the process now, where the kernel tells it without /proc. */
  uid(): number | undefined;
  release(): void;
}

/** A process that has ended and been reaped before it could be held: its pid may be anybody's, and is never looked up. */
export const over: Life = { isAlive: () => false, uid: () => undefined, release: () => undefined };

const POLLIN = 1; // poll(2)
const PIDFD_GET_INFO = 0xc040_ff0b; // Linux 6.13, linux/pidfd.h: _IOWR(0xFF, 11, 64 bytes)
const PIDFD_INFO_CREDS = 2;

const pollEntry = Buffer.alloc(8);
const info = Buffer.alloc(64);

/** A pidfd becomes readable when its process ends (pidfd_open(2)), also while it waits as a zombie. Takes over the descriptor. */
export function lifeByPidfd(pidfd: number): Life {
  let fd = pidfd;
  return {
    isAlive: () => fd >= 0 && !isReadable(fd),
    uid: () => (fd >= 0 ? uidBehind(fd) : undefined),
    release: () => {
      if (fd >= 0) libc.close(fd);
      fd = -1; // the number may soon mean something else
    },
  };
}

function isReadable(fd: number): boolean {
  pollEntry.writeInt32LE(fd, 0);
  pollEntry.writeInt32LE(POLLIN, 4);
  return libc.poll(pollEntry, 1, 0) !== 0; // an error counts as ended
}

function uidBehind(fd: number): number | undefined {
  info.fill(0);
  info.writeUInt32LE(PIDFD_INFO_CREDS);
  if (libc.ioctl(fd, PIDFD_GET_INFO, info) !== 0 || (info.readUInt32LE() & PIDFD_INFO_CREDS) === 0)
    return undefined;
  return info.readUInt32LE(36);
}

/**
 * Without a pidfd: by the start time that it has now. That is believed only where /proc/PID belongs to `owner`, so a
 * pid that another user's process has taken over in the meantime is not mistaken for the peer.
 */
export function lifeByStartTime(pid: number, owner: number): Life {
  const started = ownerOf(pid) === owner ? startedAt(pid) : undefined;
  if (started === undefined) return over;
  return { ...over, isAlive: () => startedAt(pid) === started };
}

function startedAt(pid: number): number | undefined {
  const stat = processStat(pid);
  return stat === undefined || hasEnded(stat) ? undefined : stat.started;
}

function ownerOf(pid: number): number | undefined {
  try {
    return pid > 0 ? statusBehind(`/proc/${String(pid)}`).uid : undefined;
  } catch {
    return undefined;
  }
}
