import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isLinux } from "./index.ts";

const FIRST_AFTER_STDIO = 3;
const CLOSE_ON_EXEC = 0o2000000;
const ACCESS_MODE = 3;

/** A descriptor that this process was started with, besides the first three. */
export interface Inherited {
  readonly fd: number;
  /** Node marks the first ones so when it starts. */
  readonly closedOnExec: boolean;
}

interface Open extends Inherited {
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * What a command shall have as well, because env(1) would hand it on too. Node's own descriptors look like this: event
 * queues, pipes with both ends in this process, and, the last of all, one of /dev/null.
 */
export function inheritedDescriptors(): Inherited[] {
  const all = openDescriptors();
  const marked = all.filter(({ closedOnExec }) => closedOnExec);
  const last = marked.findLast(({ target, readOnly }) => target === "/dev/null" && readOnly);
  return all.filter((one) => !one.closedOnExec || !(one === last || isOfNode(one, marked)));
}

/** Whether this process was started with a descriptor, so that to read it is not to wait for an event of Node's for ever. */
export const isHandedOver = (fd: number): boolean =>
  !isLinux || fd < FIRST_AFTER_STDIO || inheritedDescriptors().some((one) => one.fd === fd);

const isOfNode = ({ target }: Open, marked: readonly Open[]): boolean =>
  target.startsWith("anon_inode:") ||
  (target.startsWith("pipe:") && marked.filter((other) => other.target === target).length > 1);

function openDescriptors(): Open[] {
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => fd >= FIRST_AFTER_STDIO)
    .sort((a, b) => a - b)
    .flatMap(look);
}

/** Nothing for the descriptor that the folder was read through: it is closed by now. */
function look(fd: number): Open[] {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
    const flags = parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? "", 8);
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return [
      { fd, target, closedOnExec: (flags & CLOSE_ON_EXEC) !== 0, readOnly: (flags & ACCESS_MODE) === 0 },
    ];
  } catch {
    return [];
  }
}
