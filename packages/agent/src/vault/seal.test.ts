import { describe, expect, it } from "vitest";
import { CHUNK_BYTES } from "./limits.ts";
import { chunkCount, openChunk, SEAL_OVERHEAD, sealChunk, sealedLength } from "./seal.ts";

const key = Buffer.alloc(32, 1);
const binding = { vaultId: Buffer.alloc(16, 2), secretId: Buffer.alloc(16, 3), version: 1 };
const at = { index: 0, last: true };

describe("a sealed chunk", () => {
  const sealed = Buffer.alloc(5 + SEAL_OVERHEAD);
  sealChunk(sealed, Buffer.from("value"), key, binding, at);

  it("opens to the start of a target that is as long, or longer", () => {
    for (const room of [5, 6]) {
      const target = Buffer.alloc(room);
      expect(openChunk(target, sealed, key, binding, at)).toBe(5);
      expect(target.toString("latin1", 0, 5)).toBe("value");
    }
  });

  it("does not open where there is no room for it, nor when it is too short to be one", () => {
    expect(openChunk(Buffer.alloc(4), sealed, key, binding, at)).toBe(-1);
    for (const length of [0, SEAL_OVERHEAD - 1])
      expect(openChunk(Buffer.alloc(5), sealed.subarray(0, length), key, binding, at)).toBe(-1);
  });

  it("may be empty", () => {
    const empty = Buffer.alloc(SEAL_OVERHEAD);
    sealChunk(empty, Buffer.alloc(0), key, binding, at);
    expect(openChunk(Buffer.alloc(0), empty, key, binding, at)).toBe(0);
  });
});

it("a value has a chunk for each 8 KiB that it begins, and at least one", () => {
  expect([0, 1, CHUNK_BYTES, CHUNK_BYTES + 1].map(chunkCount)).toEqual([1, 1, 1, 2]);
  expect(sealedLength(CHUNK_BYTES + 1)).toBe(CHUNK_BYTES + 1 + 2 * SEAL_OVERHEAD);
});
