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

/** Memory in which only so many more blocks can be locked. */
function scarce(left: number): SecureMemory {
  const memory = new SecureMemory(currentPlatform());
  const tryAllocate = (size: number): SecureBuffer | undefined =>
    left-- > 0 ? memory.allocate(size) : undefined;
  return { tryAllocate, allocate: tryAllocate } as unknown as SecureMemory;
}

describe("BlockPool", () => {
  const job = { administrator: false };
  const administrator = { administrator: true };

  it("lets a connection wait for a block when locked memory is used up, and wipes it in between", () => {
    const pool = new BlockPool(scarce(1), { blockBytes: 64, initial: 0, reserved: 0 });
    const taken: SecureBuffer[] = [];
    pool.take((block) => taken.push(block), job);
    taken[0]?.bytes.write("of the first");
    pool.take((block) => taken.push(block), job);
    expect(taken).toHaveLength(1);
    if (taken[0]) pool.give(taken[0]);
    expect(taken).toHaveLength(2);
    expect(taken[1]?.bytes.equals(Buffer.alloc(64))).toBe(true);
  });

  it("keeps some for administrators, who go before jobs that wait", () => {
    const pool = new BlockPool(scarce(2), { blockBytes: 64, initial: 1, reserved: 1 });
    const [jobs, administrators]: [SecureBuffer[], SecureBuffer[]] = [[], []];
    for (let i = 0; i < 3; i++) pool.take((block) => jobs.push(block), job);
    for (let i = 0; i < 2; i++) pool.take((block) => administrators.push(block), administrator);
    expect([jobs.length, administrators.length]).toEqual([1, 1]);
    if (jobs[0]) pool.give(jobs[0]);
    expect([jobs.length, administrators.length]).toEqual([1, 2]);
    for (const block of administrators) pool.give(block);
    expect([jobs.length, administrators.length], "one back to the reserve, one to a job").toEqual([2, 2]);
    pool.take((block) => administrators.push(block), administrator);
    expect(administrators).toHaveLength(3);
  });
});
