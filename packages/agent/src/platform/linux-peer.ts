import { closeSync, constants, openSync } from "node:fs";
import * as libc from "./libc.ts";
import { ancestorsOf } from "./linux-ancestors.ts";
import { unitIn } from "./linux-cgroup.ts";
import { peerCredentials, peerPidfd } from "./linux-credentials.ts";
import { fileBehind, hold } from "./linux-file.ts";
import type { Life } from "./linux-life.ts";
import { lifeByPidfd, lifeByStartTime, over } from "./linux-life.ts";
import { isOfUserSpace, mountOf } from "./linux-mounts.ts";
import { sharesProgramNamespaces, sharesUnitNamespaces } from "./linux-namespaces.ts";
import { processIds, processStat, readProc, readProcLink } from "./linux-proc.ts";
import type { FactKind, Peer, PeerHandle, ProcessDescription, ProcessFacts } from "./types.ts";

/** Longest text of a program's path that the audit takes. */
const MAX_EXE_BYTES = 1024;

/** Who is at the other end of a connected socket. */
export function linuxPeer(socketFd: number): PeerHandle {
  const peer = peerCredentials(socketFd);
  return new LinuxProcess(peer, lifeOf(peer, socketFd));
}

function lifeOf({ pid, uid }: Peer, socketFd: number): Life {
  const pidfd = peerPidfd(socketFd);
  if (pidfd === undefined) return over;
  return pidfd === "unsupported" ? lifeByStartTime(pid, uid) : lifeByPidfd(pidfd);
}

/** A running process, with the ids that it has now. */
export function linuxProcess(pid: number): PeerHandle | undefined {
  const ids = processIds(pid);
  if (ids === undefined) return undefined;
  const pidfd = libc.pidfdOpen(pid);
  if (pidfd < 0 && libc.errno() !== libc.errorNumbers["ENOSYS"]) return undefined; // a thread, or it has ended
  const life = pidfd < 0 ? lifeByStartTime(pid, ids.uid) : lifeByPidfd(pidfd);
  const now = processIds(pid);
  if (now !== undefined && life.isAlive()) return new LinuxProcess({ pid, ...now }, life);
  life.release();
  return undefined;
}

class LinuxProcess implements PeerHandle {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly #life: Life;

  constructor({ pid, uid, gid, groups }: Peer, life: Life) {
    this.pid = pid;
    this.uid = uid;
    this.gid = gid;
    this.groups = groups;
    this.#life = life;
  }

  isAlive(): boolean {
    return this.#life.isAlive();
  }

  inspect(kinds: ReadonlySet<FactKind>): ProcessFacts {
    if (kinds.size === 0 || !this.isAlive()) return {};
    const unit = kinds.has("unit") ? this.#unit() : undefined;
    const { exe, ancestors } = this.#programs(kinds);
    return this.isAlive() ? { unit, exe, ancestors } : {};
  }

  describe(): ProcessDescription {
    if (!this.isAlive()) return {};
    const path = readProcLink(this.pid, "exe");
    const exeMismatch = path !== undefined && this.#runsOtherThan(path);
    const unit = this.#unit();
    return this.isAlive() ? { exe: path && shortened(path), unit, exeMismatch } : {};
  }

  /** Its effective uid now; undefined where that is the one that it connected with, or is not known. */
  uidNow(): number | undefined {
    const uid = this.#life.uid() ?? processIds(this.pid)?.uid;
    return uid === this.uid || !this.isAlive() ? undefined : uid;
  }

  /** The link is held first and opened then: in between, the process cannot put another program there. */
  openProgram(): number | undefined {
    const link = this.#hold();
    if (link === undefined) return undefined;
    try {
      const mount = mountOf(link);
      if (mount === undefined || isOfUserSpace(mount)) return undefined;
      return openSync(`/proc/self/fd/${String(link)}`, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return undefined;
    } finally {
      closeSync(link);
    }
  }

  release(): void {
    this.#life.release();
  }

  /** False where nothing lies at the path: the program was removed, or is one of another file system. */
  #runsOtherThan(path: string): boolean {
    const there = fileBehind(path);
    return there !== undefined && there !== fileBehind(`/proc/${String(this.pid)}/exe`);
  }

  #hold(): number | undefined {
    if (!this.isAlive() || !sharesProgramNamespaces(this.pid)) return undefined;
    const link = hold(`/proc/${String(this.pid)}/exe`);
    if (link === undefined || this.isAlive()) return link;
    closeSync(link);
    return undefined;
  }

  #unit(): string | undefined {
    const cgroups = readProc(this.pid, "cgroup");
    const unit = cgroups === undefined ? undefined : unitIn(cgroups);
    return unit !== undefined && sharesUnitNamespaces(this.pid) ? unit : undefined;
  }

  #programs(kinds: ReadonlySet<FactKind>): Pick<ProcessFacts, "exe" | "ancestors"> {
    if (!kinds.has("exe") && !kinds.has("ancestors")) return {};
    if (!sharesProgramNamespaces(this.pid)) return {};
    const exe = kinds.has("exe") ? fileBehind(`/proc/${String(this.pid)}/exe`) : undefined;
    return { exe, ancestors: kinds.has("ancestors") ? ancestorsOf(this.pid) : undefined };
  }
}

/** Of most it is known without a copy that they are not too long: a character takes at most 3 bytes of UTF-8. */
const shortened = (text: string): string =>
  3 * text.length <= MAX_EXE_BYTES ? text : Buffer.from(text).subarray(0, MAX_EXE_BYTES).toString();

/** The kernel's session id and the start time of its leader: a session of the same number later is another one. */
export function sessionOf(peer: PeerHandle): string | undefined {
  if (!peer.isAlive()) return undefined;
  const session = processStat(peer.pid)?.session;
  const leader = session === undefined ? undefined : processStat(session);
  if (session === undefined || leader === undefined || !peer.isAlive()) return undefined;
  return `${String(session)}:${String(leader.started)}`;
}
