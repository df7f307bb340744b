import { closeSync, constants, fstatSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../output/write.ts";
import { unreadable } from "./unreadable.ts";

export const CURRENT = "audit.jsonl";
const ROTATED = /^audit-(\d{6,15})\.jsonl$/;
/** Between the two steps of a rotation there is no current file. */
const PATIENCE = { times: 5, ms: 40 };

/** The name of a rotated file. */
export const fileName = (number: number): string => `audit-${String(number).padStart(6, "0")}.jsonl`;

/** One file of the audit, open for reading. */
export interface AuditFile {
  readonly name: string;
  /** The number of a rotated file. */
  readonly number?: number;
  /** undefined: it is not there, but should be. */
  readonly fd: number | undefined;
}

/**
 * The files of the audit in the order in which they were written, each closed when the next one is asked for.
 * A file that is rotated meanwhile is neither passed over nor given twice: rotated files keep their names, and the
 * current one counts only when no further file has been rotated since it was opened.
 */
export function* auditFiles(home: string): Generator<AuditFile> {
  for (let last = 0; ;) {
    for (const { name, number } of rotatedAfter(home, last)) {
      yield* opened(home, name, number);
      last = number;
    }
    const fd = openCurrent(home);
    try {
      if (rotatedAfter(home, last).length > 0) continue;
      yield { name: CURRENT, fd };
      return;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}

function* opened(home: string, name: string, number: number): Generator<AuditFile> {
  const fd = open(home, name);
  try {
    yield { name, number, fd };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

interface Rotated {
  readonly name: string;
  readonly number: number;
}

function rotatedAfter(home: string, last: number): Rotated[] {
  return list(home)
    .flatMap((name): Rotated[] => {
      const digits = ROTATED.exec(name)?.[1];
      return digits === undefined ? [] : [{ name, number: Number(digits) }];
    })
    .filter(({ number }) => number > last)
    .sort((a, b) => a.number - b.number);
}

function list(home: string): string[] {
  try {
    return readdirSync(home);
  } catch (error) {
    throw unreadable(home, error);
  }
}

/** True where the home holds any file of an audit. */
export const hasAudit = (home: string): boolean =>
  list(home).some((name) => name === CURRENT || ROTATED.test(name));

function openCurrent(home: string): number | undefined {
  for (let tries = 0; tries < PATIENCE.times; tries++) {
    const fd = open(home, CURRENT);
    if (fd !== undefined) return fd;
    pause(PATIENCE.ms);
  }
  return undefined;
}

/** Only a regular file that is not reached through a link: the home may belong to somebody with fewer rights than ours. */
function open(home: string, name: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(join(home, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(home, error, name);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw unreadable(home, undefined, name);
}
