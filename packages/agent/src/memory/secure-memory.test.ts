import { describe, expect, it } from "vitest";
import type { Platform } from "../platform/index.ts";
import { currentPlatform } from "../platform/index.ts";
import { BlockPool } from "./block-pool.ts";
import type { SecureBuffer } from "./secure-memory.ts";
import { SecureMemory } from "./secure-memory.ts";

describe("SecureMemory", () => {
  it("gives zeroed bytes, and none of what was there before", () => {
    const memory = new SecureMemory(currentPlatform());
    const first = memory.allocate(64);
    first.bytes.write("left behind");
    first.destroy();
    expect(memory.allocate(64).bytes.equals(Buffer.alloc(64))).toBe(true);
  });

  it("throws when a buffer is used after it was destroyed", () => {
    const buffer = new SecureMemory(currentPlatform()).allocate(64);
    buffer.protect("none");
    buffer.destroy();
    buffer.destroy();
    expect(buffer.destroyed).toBe(true);
    expect(() => buffer.bytes).toThrow("destroyed");
  });

  it("tells the truth when the kernel has no secret memory", () => {
    const platform: Platform = { ...currentPlatform(), secretPages: () => undefined };
    expect(["locked", "weak"]).toContain(new SecureMemory(platform).mode);
  });
});

describe("BlockPool", () => {
  it("lets a connection wait for a block when locked memory is used up, and wipes it in between", () => {
    const memory = new SecureMemory(currentPlatform());
    let left = 1;
    const scarce = {
      tryAllocate: (size: number) => (left-- > 0 ? memory.allocate(size) : undefined),
    } as unknown as SecureMemory;
    const pool = new BlockPool(scarce, 64);
    const taken: SecureBuffer[] = [];
    pool.take((block) => taken.push(block));
    taken[0]?.bytes.write("of the first");
    pool.take((block) => taken.push(block));
    expect(taken).toHaveLength(1);
    if (taken[0]) pool.give(taken[0]);
    expect(taken).toHaveLength(2);
    expect(taken[1]?.bytes.equals(Buffer.alloc(64))).toBe(true);
  });
});
