import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Whether the process is there and has not ended (a zombie has: it only waits for its parent). */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${String(pid)}/status`, "latin1"));
  } catch {
    return false;
  }
}

/** The processes that this one has started and that are still there. */
export function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "latin1");
    return children.trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export interface Descriptor {
  readonly fd: number;
  /** Path, or `pipe:[N]`, `socket:[N]`, `anon_inode:...`. */
  readonly target: string;
  readonly closedOnExec: boolean;
}

const CLOSE_ON_EXEC = 0o2000000;

/** What a process has open (proc_pid_fd(5), proc_pid_fdinfo(5)); as root, or for one's own processes. */
export function descriptorsOf(pid: number): Descriptor[] {
  const folder = `/proc/${String(pid)}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(
        readFileSync(`/proc/${String(pid)}/fdinfo/${fd}`, "latin1"),
      )?.[1];
      const closedOnExec = (parseInt(flags ?? "0", 8) & CLOSE_ON_EXEC) !== 0;
      return [{ fd: Number(fd), target: readlinkSync(join(folder, fd)), closedOnExec }];
    } catch {
      return []; // closed in the meantime
    }
  });
}

const LISTENING = "0A";

/** Whether a process listens on a TCP port, as a debugger of node would. */
export function listensOnTcp(pid: number): boolean {
  const inodes = new Set<string | undefined>();
  for (const table of ["tcp", "tcp6"]) {
    const lines = readFileSync(`/proc/net/${table}`, "latin1").trimEnd().split("\n").slice(1);
    for (const fields of lines.map((line) => line.trim().split(/\s+/)))
      if (fields[3] === LISTENING) inodes.add(fields[9]);
  }
  try {
    return descriptorsOf(pid).some(({ target }) => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1]));
  } catch {
    return false; // it has ended
  }
}
