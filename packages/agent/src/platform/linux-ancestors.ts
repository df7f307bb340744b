import { fileBehind } from "./linux-file.ts";
import { sharesProgramNamespaces } from "./linux-namespaces.ts";
import type { ProcessStat } from "./linux-proc.ts";
import { hasEnded, processStat } from "./linux-proc.ts";
import type { FileId } from "./types.ts";

/** How far up it is looked: a job of cron is three or four below it. */
const MAX_ANCESTORS = 8;
const FIRST_PROCESS = 1;

interface Ancestor {
  readonly pid: number;
  readonly started: number;
  readonly exe: FileId;
}

/**
 * The programs of the ancestors of a process, the parent first. Read twice: undefined where the two differ, because
 * something ended or was started meanwhile. The list ends before an ancestor that cannot be judged, so it is never wrong.
 * An orphan has the ancestors of whoever has adopted it, most often the first process alone.
 */
export function ancestorsOf(pid: number): readonly FileId[] | undefined {
  const first = lineage(pid);
  const second = lineage(pid);
  if (first === undefined || second === undefined || describe(first) !== describe(second)) return undefined;
  return first.map(({ exe }) => exe);
}

const describe = (ancestors: readonly Ancestor[]): string =>
  ancestors.map(({ pid, started, exe }) => `${String(pid)} ${String(started)} ${exe}`).join("\n");

function lineage(pid: number): Ancestor[] | undefined {
  let child = processStat(pid);
  if (child === undefined || hasEnded(child)) return undefined;
  const found: Ancestor[] = [];
  while (found.length < MAX_ANCESTORS && child.parent >= FIRST_PROCESS) {
    const stat = processStat(child.parent);
    const ancestor = stat && ancestorAt(child, stat);
    if (stat === undefined || ancestor === undefined) break;
    found.push(ancestor);
    child = stat;
  }
  return found;
}

/** A parent that has started later than its child is none: it has taken over the pid, or adopted the child. */
function ancestorAt(child: ProcessStat, stat: ProcessStat): Ancestor | undefined {
  const pid = child.parent;
  if (hasEnded(stat) || stat.started > child.started || !sharesProgramNamespaces(pid)) return undefined;
  const exe = fileBehind(`/proc/${String(pid)}/exe`);
  return exe === undefined ? undefined : { pid, started: stat.started, exe };
}
