import { openSync, readFileSync } from "node:fs";
import * as libc from "./libc.ts";
import { ownUid } from "./linux-owned.ts";
import { linuxPeer, linuxProcess, sessionOf } from "./linux-peer.ts";
import { judgeProgram, programAt } from "./linux-program.ts";
import { listeningAt, notifyManager, peerAddress } from "./linux-unix-socket.ts";
import type { Access, Platform, SecretPages } from "./types.ts";

// Numbers from the kernel's headers; the man page of the call is named beside each.
const PR_SET_DUMPABLE = 4; // prctl(2)
const RLIMIT_CORE = 4; // setrlimit(2)
const FD_CLOEXEC_FLAG = 0x80000; // memfd_secret(2) takes O_CLOEXEC
const PROT: Readonly<Record<Access, number>> = { none: 0, read: 1, write: 3 }; // mprotect(2)
const MAP_SHARED = 1; // mmap(2)
const LOCK_EX_NB = 2 | 4; // flock(2)
const CLOCK_BOOTTIME = 7; // clock_gettime(2)
const O_RDWR_CLOEXEC = 2 | 0x80000; // open(2)
const PAGE = 4096;

export { groupId } from "./linux-group.ts";
export { ftruncateSync as cutFile } from "node:fs";
export { fileObjection, openFolder } from "./linux-owned.ts";

/** Linux on x64 and arm64. */
export function platform(): Platform {
  return {
    harden,
    secretPages,
    peerOf: linuxPeer,
    peerAddress,
    listeningAt,
    notifyManager,
    ownUid,
    sessionOf,
    processOf: linuxProcess,
    programAt,
    judgeProgram,
    sync,
    claimFolder,
    tryLock,
    now,
    availableMemory,
    descriptorLimit,
    detachStdio,
  };
}

/** Not dumpable: no core, no ptrace and no /proc/PID/mem for the same user (prctl(2)). Root can still read ordinary pages. */
function harden(): void {
  if (libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) !== 0) throw libc.lastError("prctl");
  if (libc.setrlimit(RLIMIT_CORE, Buffer.alloc(16)) !== 0) throw libc.lastError("setrlimit");
}

/** memfd_secret(2) pages vanish from the kernel's own map: /proc/PID/mem, ptrace and gcore cannot read them. */
function secretPages(bytes: number): SecretPages | undefined {
  const fd = libc.memfdSecret(FD_CLOEXEC_FLAG);
  if (fd < 0) return undefined;
  try {
    const length = Math.ceil(bytes / PAGE) * PAGE;
    if (libc.ftruncate(fd, length) !== 0) return undefined;
    const address = libc.mmap(null, length, PROT.write, MAP_SHARED, fd, 0);
    if (address === null || BigInt.asIntN(64, address) === -1n) return undefined; // EAGAIN: over RLIMIT_MEMLOCK
    return { bytes: libc.viewOf(address, bytes), protect: (access) => protect(address, length, access) };
  } finally {
    libc.close(fd);
  }
}

function protect(address: bigint, length: number, access: Access): void {
  if (libc.mprotect(address, length, PROT[access]) !== 0) throw libc.lastError("mprotect");
}

/** Node's own fsync is refused under its permission model; this one runs on the thread pool and works on every line. */
function sync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    libc.fsync.async(fd, (error, result) => {
      if (error === null && result === 0) resolve();
      else reject(new Error("fsync failed"));
    });
  });
}

/** The folder stays open, and locked, until the process ends. */
const claimFolder = (folder: string): boolean => tryLock(openSync(folder, "r"));

function tryLock(fd: number): boolean {
  if (libc.flock(fd, LOCK_EX_NB) === 0) return true;
  if (libc.errno() === libc.errorNumbers["EWOULDBLOCK"] || libc.errno() === libc.errorNumbers["EAGAIN"])
    return false;
  throw libc.lastError("flock");
}

const timespec = Buffer.alloc(16);

function now(): number {
  if (libc.clockGettime(CLOCK_BOOTTIME, timespec) !== 0) throw libc.lastError("clock_gettime");
  return timespec.readUIntLE(0, 6) * 1000 + timespec.readUInt32LE(8) / 1e6;
}

/** MemAvailable of proc(5), in bytes. */
function availableMemory(): number {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  if (kib === undefined) throw new Error("/proc/meminfo has no MemAvailable");
  return Number(kib) * 1024;
}

/** The soft limit of proc_pid_limits(5). Node has raised it to the hard one at its start. */
function descriptorLimit(): number {
  const soft = /^Max open files +(\d+|unlimited) /m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  if (soft === undefined) throw new Error("/proc/self/limits has no limit of open files");
  return soft === "unlimited" ? Infinity : Number(soft);
}

function detachStdio(): void {
  const nothing = libc.open("/dev/null", O_RDWR_CLOEXEC);
  for (const fd of [0, 1, 2]) if (libc.dup2(nothing, fd) < 0) throw libc.lastError("dup2");
  libc.close(nothing);
}
