import { randomBytes } from "node:crypto";
import type { TestContext } from "vitest";
import { formsOf, scanMemory } from "./memory-scan.ts";

/** Offsets of a marker in a value are multiples of this, so that it looks the same in every base64 of that value. */
const BASE64_GROUP = 3;
const MARKER_BYTES = 24;
const CHUNK_BYTES = 16 * 1024;

/** 24 random printable bytes: what a scan looks for. In text and as bytes they are the same. */
export function newMarker(): Buffer {
  return Buffer.from(randomBytes(MARKER_BYTES).toString("base64url").slice(0, MARKER_BYTES));
}

/**
 * A random value of `size` bytes that holds the marker at its start, at its end, in the middle of each chunk in which
 * the agent seals it, and across the chunks' borders: no part of it can lie in a memory without being found.
 */
export function valueWith(marker: Buffer, size: number): Buffer {
  const value = randomBytes(size);
  const put = (at: number): unknown => marker.copy(value, at - (at % BASE64_GROUP));
  for (let chunk = 0; chunk < size; chunk += CHUNK_BYTES) {
    for (const at of [chunk + CHUNK_BYTES / 2, chunk + CHUNK_BYTES - MARKER_BYTES / 2])
      if (at + MARKER_BYTES <= size) put(at);
  }
  put(Math.max(0, size - MARKER_BYTES));
  put(0);
  return value;
}

/** How often each canary, in any form, lies in the memory of a process. Secret memory cannot be read and counts for nothing. */
export function copiesIn(pid: number, canaries: Readonly<Record<string, Buffer>>): Copies {
  const forms = Object.entries(canaries).map(([name, bytes]) => ({ name, forms: formsOf(bytes) }));
  const { counts, scannedBytes, unreadableBytes } = scanMemory(
    pid,
    forms.flatMap((canary) => canary.forms),
  );
  const found: Record<string, number> = {};
  let at = 0;
  for (const canary of forms) {
    found[canary.name] = counts.slice(at, at + canary.forms.length).reduce((sum, count) => sum + count, 0);
    at += canary.forms.length;
  }
  return { found, scannedBytes, unreadableBytes };
}

export interface Copies {
  readonly found: Readonly<Record<string, number>>;
  readonly scannedBytes: number;
  readonly unreadableBytes: number;
}

const MIB = 1024 * 1024;

/** Gives the figures of a scan that must have found nothing but what `allowed` says. */
export async function annotateCopies(
  { annotate }: Pick<TestContext, "annotate">,
  { found, scannedBytes }: Copies,
  allowed: Readonly<Record<string, number>> = {},
): Promise<void> {
  const sum = (counts: typeof found): number => Object.values(counts).reduce((all, one) => all + one, 0);
  await annotate(`${String(sum(found) - sum(allowed))} copies found`, "figure");
  await annotate(`${String(Object.keys(found).length)} canaries looked for`, "figure");
  await annotate(`${String(Math.round(scannedBytes / MIB))} MiB of memory read`, "figure");
}

/** What `found` is when there is none at all. */
export function none(canaries: Readonly<Record<string, Buffer>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(canaries).map((name) => [name, 0]));
}
