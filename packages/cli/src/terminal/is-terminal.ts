import { fstatSync } from "node:fs";

/** Whether a descriptor is a terminal. A job's output is none, and need not wait until the module that could say so is loaded. */
export function isTerminal(fd: number): boolean {
  return mayBeTerminal(fd) && process.getBuiltinModule("node:tty").isatty(fd);
}

function mayBeTerminal(fd: number): boolean {
  try {
    const kind = fstatSync(fd);
    return !kind.isFile() && !kind.isFIFO() && !kind.isSocket();
  } catch {
    return true; // of that we know nothing
  }
}
