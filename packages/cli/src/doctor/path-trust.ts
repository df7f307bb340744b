import { dirname } from "node:path";
import type { Entry, Machine } from "./machine.ts";
import { octal } from "./octal.ts";
import { quote } from "./quote.ts";

/** Somebody who could replace what lies below a folder, and how to keep them from it. */
export interface Weakness {
  readonly found: string;
  readonly remedy: string;
  /** Everybody may write there, not only an owner or a group. */
  readonly open: boolean;
}

const EVERYBODY_WRITES = 0o002;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The first folder or link above a path, or what lies at the path itself, that belongs to somebody who is not trusted, or in
 * which others may write. In a sticky folder nobody replaces what belongs to somebody else. undefined where there is none.
 */
export function weakness(
  machine: Machine,
  path: string,
  isTrusted: (uid: number) => boolean,
): Weakness | undefined {
  const real = machine.realPath(path) ?? path;
  for (const one of new Set([...chain(path), ...chain(real)])) {
    const entry = machine.lstat(one);
    const found = typeof entry === "object" ? judge(machine, one, entry, isTrusted) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** From the root down to the path. */
function chain(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [...chain(above), path];
}

function judge(
  machine: Machine,
  path: string,
  entry: Entry,
  isTrusted: (uid: number) => boolean,
): Weakness | undefined {
  const shown = quote(path);
  if (!isTrusted(entry.uid))
    return {
      found: `${shown} belongs to ${machine.who(entry.uid)}`,
      remedy: `move it below folders of root's, such as /var/lib, /run or /usr; or: chown root: ${shown}`,
      open: false,
    };
  if (entry.kind === "link" || entry.kind === "socket" || (entry.mode & OTHERS_WRITE) === 0) return undefined;
  if (entry.kind === "folder" && (entry.mode & STICKY) !== 0) return undefined;
  return {
    found: `others may write in ${shown} (mode ${octal(entry.mode)})`,
    remedy: `chmod go-w ${shown}`,
    open: (entry.mode & EVERYBODY_WRITES) !== 0,
  };
}
