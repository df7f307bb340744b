import * as libc from "./libc.ts";

/** What /proc tells of a process (proc(5)). Nothing here makes sure that a pid still means the same process. */

/** Far more than any of these files holds; one that does not fit is as good as unreadable. */
const buffer = Buffer.alloc(32 * 1024);
const O_RDONLY_CLOEXEC = 0x80000; // open(2)

/** A file of /proc, each of which the kernel makes whole for one read(2); undefined where it cannot be read. */
export function readProc(pid: number | "self", file: string): string | undefined {
  const fd = libc.open(`/proc/${String(pid)}/${file}`, O_RDONLY_CLOEXEC);
  if (fd < 0) return undefined;
  const length = libc.read(fd, buffer); // fails with ESRCH when it has ended since
  libc.close(fd);
  return length <= 0 || length === buffer.length ? undefined : buffer.toString("latin1", 0, length);
}

/** The text of a link, which may be any; undefined where it may not be read, or there is none. */
export function readProcLink(pid: number | "self", link: string): string | undefined {
  const length = libc.readlink(`/proc/${String(pid)}/${link}`, buffer);
  return length <= 0 ? undefined : buffer.toString("utf8", 0, length);
}

/** A part of /proc/PID/stat. */
export interface ProcessStat {
  /** `Z` and `X` have ended. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot. With the pid it identifies a process, but for a reuse within one tick. */
  readonly started: number;
}

export function processStat(pid: number): ProcessStat | undefined {
  const text = pid > 0 ? readProc(pid, "stat") : undefined;
  return text === undefined ? undefined : parseStat(text);
}

/** The name may itself hold spaces and brackets, so the fields are counted from the last one on (proc_pid_stat(5)). */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", 20);
  const [state = "", parent, , session] = fields;
  const started = fields[19];
  if (!/^[A-Za-z]$/.test(state) || started === undefined) return undefined;
  const stat = { state, parent: Number(parent), session: Number(session), started: Number(started) };
  return [stat.parent, stat.session, stat.started].every(Number.isSafeInteger) ? stat : undefined;
}

export const hasEnded = ({ state }: ProcessStat): boolean => state === "Z" || state === "X";

/** Ids of /proc/PID/status as they are now: the effective ones, which decide what a process may do. */
export interface ProcessIds {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export function processIds(pid: number): ProcessIds | undefined {
  const status = pid > 0 ? (readProc(pid, "status") ?? "") : "";
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1];
  const gid = /^Gid:\t\d+\t(\d+)/m.exec(status)?.[1];
  const groups = /^Groups:\t([\d ]*)$/m.exec(status)?.[1];
  if (uid === undefined || gid === undefined || groups === undefined) return undefined;
  return { uid: Number(uid), gid: Number(gid), groups: groups.split(" ").filter(Boolean).map(Number) };
}

const CAP_SYS_PTRACE = 19n; // capabilities(7)

/** Whether this process may look at those of other users: what /proc/PID/exe of theirs takes (ptrace(2)). */
export function mayLookAtOthers(): boolean {
  const effective = /^CapEff:\t([0-9a-f]+)$/m.exec(readProc("self", "status") ?? "")?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_PTRACE) & 1n) === 1n;
}
