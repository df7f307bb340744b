import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { EXIT, Failure } from "../failure/failure.ts";

/** All that the agent gets of the environment: anything else could load code into it or change how it runs. */
const KEPT = ["LANG", "TZ", "NOTIFY_SOCKET"];
const FIRST_AFTER_STDIO = 3;
const CLOSE_ON_EXEC = 0o2000000;

/** Starts node with these arguments, with nothing inherited but what `stdio` says. */
export function spawnAgent(args: readonly string[], stdio: StdioOptions, detached: boolean): ChildProcess {
  closeInherited();
  const env = Object.fromEntries(
    KEPT.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])),
  );
  return spawn(process.execPath, args, { cwd: "/", env, stdio, detached });
}

/** How a process ended: one of the two is null. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the process has ended and all that it wrote was read. */
export const ended = (child: ChildProcess): Promise<End> =>
  new Promise((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new Failure(
          EXIT.failed,
          `the agent could not be started (${(cause as NodeJS.ErrnoException).code ?? ""})`,
        ),
      ),
    );
    child.once("close", (code, signal) => resolve({ code, signal }));
  });

/** Node marks the descriptors that it was started with, but stops at the first gap: the rest would reach the agent. */
function closeInherited(): void {
  for (const fd of openDescriptors()) {
    if (fd >= FIRST_AFTER_STDIO && isInheritable(fd)) closeSync(fd);
  }
}

function openDescriptors(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number);
  } catch {
    return [];
  }
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // closed in the meantime: it was the one that the folder was read through
  }
}
