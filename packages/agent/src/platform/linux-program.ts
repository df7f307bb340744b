import { closeSync, openSync, readSync } from "node:fs";
import type { RuleReason } from "@sotto/client/protocol";
import { hold, statusAt } from "./linux-file.ts";
import type { FileStatus } from "./linux-file.ts";
import { isInterpreter } from "./linux-interpreters.ts";
import { isOfUserSpace, mountOf } from "./linux-mounts.ts";
import { mayLookAtOthers } from "./linux-proc.ts";
import type { FileId } from "./types.ts";

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;
const EXECUTABLE = 0o111;

/**
 * The program at a path that nobody but root could have changed or put there: no link on the way, every folder and the
 * file root's alone to write, and no second name of the file elsewhere.
 */
export function programAt(path: string): FileId | undefined {
  const found = walk(path);
  return typeof found === "string" ? undefined : found.id;
}

/** Why a rule may not name the program at `path`; undefined when it may. */
export function judgeProgram(
  path: string,
  { allowInterpreter }: { readonly allowInterpreter: boolean },
): RuleReason | undefined {
  if (!mayLookAtOthers()) return "exe-right";
  const found = walk(path);
  if (typeof found === "string") return found;
  if (!isMountedWell(path)) return "exe-mount";
  if (isScript(path)) return "exe-script";
  return !allowInterpreter && isInterpreter(path, found.id) ? "exe-interpreter" : undefined;
}

/** From the root down, each part of the path by itself: what may be changed above may be changed below. */
function walk(path: string): FileStatus | RuleReason {
  let end = 0;
  do {
    const folder = judge(path.slice(0, end) || "/", "folder");
    if (typeof folder === "string") return folder;
    end = path.indexOf("/", end + 1);
  } while (end !== -1);
  const file = judge(path, "file");
  if (typeof file === "string") return file;
  return file.links === 1 ? file : "exe-links";
}

function judge(path: string, wanted: "folder" | "file"): FileStatus | RuleReason {
  const status = found(path);
  if (status === undefined) return "exe-missing";
  if (status.kind === "link") return "exe-symlink";
  if (status.kind !== wanted || (status.mode & EXECUTABLE) === 0) return "exe-not-a-program";
  if (status.uid !== ROOT) return "exe-owner";
  return (status.mode & WRITABLE_BY_OTHERS) === 0 ? status : "exe-writable";
}

function found(path: string): FileStatus | undefined {
  try {
    return statusAt(path);
  } catch {
    return undefined;
  }
}

/** Not where set-uid bits are ignored, which is how media and shares of users are mounted, nor in user space. */
function isMountedWell(path: string): boolean {
  const fd = hold(path);
  if (fd === undefined) return false;
  try {
    const mount = mountOf(fd);
    return mount !== undefined && !isOfUserSpace(mount) && !mount.options.includes("nosuid");
  } finally {
    closeSync(fd);
  }
}

/** The program of a process that runs a script is the script's interpreter (execve(2)): a rule for the script never matches. */
function isScript(path: string): boolean {
  const start = Buffer.alloc(2);
  const fd = openSync(path, "r");
  try {
    return readSync(fd, start) === 2 && start.toString("latin1") === "#!";
  } finally {
    closeSync(fd);
  }
}
