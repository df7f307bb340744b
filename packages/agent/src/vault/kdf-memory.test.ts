import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { memory, platform } from "./kit.test.helper.ts";
import { Kdf } from "./kdf.ts";
import { KDF_FLOOR } from "./limits.ts";

/** Counts the places in this process's own memory that hold `needle`, which lies where the scan cannot read it. */
function countInMemory(needle: Buffer): number {
  const fd = openSync("/proc/self/mem", "r");
  const piece = Buffer.alloc(1024 * 1024);
  let count = 0;
  try {
    for (const line of readFileSync("/proc/self/maps", "latin1").split("\n")) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      for (let at = parseInt(from, 16); at < parseInt(to, 16); at += piece.length - needle.length)
        count += countIn(read(fd, piece, at, parseInt(to, 16)), needle);
    }
  } finally {
    closeSync(fd);
    piece.fill(0);
  }
  return count;
}

function read(fd: number, piece: Buffer, at: number, end: number): Buffer {
  try {
    return piece.subarray(0, readSync(fd, piece, 0, Math.min(piece.length, end - at), at));
  } catch {
    return piece.subarray(0, 0); // secret memory, and what the kernel keeps to itself
  }
}

function countIn(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) count++;
  return count;
}

describe("the key derivation", () => {
  it.skipIf(memory.mode !== "secret")(
    // On a busy machine one thread may do the work of two, and the stack of the other waits for the next run.
    "leaves no copy of its key in memory, also not on the stacks of its threads (needs memfd_secret)",
    { retry: 3 },
    async () => {
      const kdf = new Kdf(memory, platform);
      const needle = memory.allocate(32);
      for (let i = 0; i < 4; i++)
        await kdf.derive(Buffer.from("x"), Buffer.alloc(16, i), KDF_FLOOR, (key) => key.copy(needle.bytes));
      expect(countInMemory(needle.bytes)).toBe(0);
      const control = Buffer.from(needle.bytes);
      expect(countInMemory(needle.bytes)).toBeGreaterThan(0);
      control.fill(0);
    },
  );
});
