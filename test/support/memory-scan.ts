import { closeSync, openSync, readFileSync, readSync } from "node:fs";

export interface ScanResult {
  /** How often each pattern was found, in the order of the patterns. */
  readonly counts: readonly number[];
  readonly scannedBytes: number;
  /** Resident bytes that could not be read: secret memory. */
  readonly unreadableBytes: number;
}

const STEP = 1 << 20;
const PAGE = 4096;

/** The forms in which a secret could lie in a memory: as it is, encoded, as JavaScript's wide strings, and its start alone. */
export function formsOf(secret: Buffer): Buffer[] {
  return [
    secret,
    Buffer.from(secret.toString("base64")),
    Buffer.from(secret.toString("hex")),
    Buffer.from(secret.toString("latin1"), "utf16le"),
    secret.subarray(0, 16),
  ];
}

/**
 * Counts patterns in every resident mapping of a process, through /proc/PID/mem as root: also in pages that the process
 * itself may not touch, and not by a core dump, which leaves pages out. proc_pid_mem(5), proc_pid_smaps(5).
 */
export function scanMemory(pid: number, patterns: readonly Buffer[]): ScanResult {
  const fd = openSync(`/proc/${String(pid)}/mem`, "r");
  const counts = patterns.map(() => 0);
  const longest = Math.max(...patterns.map((pattern) => pattern.length));
  let scannedBytes = 0;
  let unreadableBytes = 0;
  try {
    for (const { start, end } of residentMappings(pid)) {
      const { scanned, unreadable } = scanMapping(fd, start, end, { patterns, counts, longest });
      scannedBytes += scanned;
      unreadableBytes += unreadable;
    }
  } finally {
    closeSync(fd);
  }
  return { counts, scannedBytes, unreadableBytes };
}

interface Mapping {
  readonly start: number;
  readonly end: number;
}

function residentMappings(pid: number): Mapping[] {
  const smaps = readFileSync(`/proc/${String(pid)}/smaps`, "latin1");
  const mappings: Mapping[] = [];
  for (const block of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(block);
    const used = /^(?:Rss|Swap): +[1-9]/m.test(block);
    const secret = /secretmem/.test(block); // its pages are not counted as resident
    if (range?.[1] && range[2] && (used || secret) && !/\[(?:vsyscall|vvar[^\]]*)\]/.test(block)) {
      mappings.push({ start: parseInt(range[1], 16), end: parseInt(range[2], 16) });
    }
  }
  return mappings;
}

interface Hunt {
  readonly patterns: readonly Buffer[];
  readonly counts: number[];
  readonly longest: number;
}

/** Reads in steps that overlap by the longest pattern, so that no hit falls between two. */
function scanMapping(
  fd: number,
  start: number,
  end: number,
  hunt: Hunt,
): { scanned: number; unreadable: number } {
  const buffer = Buffer.alloc(STEP + hunt.longest);
  let kept = 0;
  let scanned = 0;
  let unreadable = 0;
  for (let at = start; at < end;) {
    const read = tryRead(fd, buffer, kept, Math.min(STEP, end - at), at);
    if (read === 0) {
      unreadable += PAGE;
      at += PAGE;
      kept = 0;
      continue;
    }
    countIn(buffer.subarray(0, kept + read), kept, hunt);
    scanned += read;
    at += read;
    const overlap = Math.min(hunt.longest - 1, kept + read);
    buffer.copyWithin(0, kept + read - overlap, kept + read);
    kept = overlap;
  }
  buffer.fill(0);
  return { scanned, unreadable };
}

function tryRead(fd: number, buffer: Buffer, offset: number, length: number, position: number): number {
  try {
    return readSync(fd, buffer, offset, length, position);
  } catch {
    return 0;
  }
}

/** Hits that lie wholly in the first `seen` bytes were counted in the step before. */
function countIn(bytes: Buffer, seen: number, { patterns, counts }: Hunt): void {
  patterns.forEach((pattern, i) => {
    for (let hit = bytes.indexOf(pattern); hit !== -1; hit = bytes.indexOf(pattern, hit + 1)) {
      if (hit + pattern.length > seen) counts[i] = (counts[i] ?? 0) + 1;
    }
  });
}
