import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { writeAll } from "./files.ts";

/** Most that one write may take; a system may take less than it is given whenever it likes (write(2)). */
const { most, sizes } = vi.hoisted(() => ({ most: { bytes: Infinity }, sizes: [] as number[] }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const write = (fd: number, bytes: Buffer, from: number, length: number, at: number): Promise<unknown> => {
    sizes.push(Math.min(length, most.bytes));
    return promisify(fs.write)(fd, bytes, from, Math.min(length, most.bytes), at);
  };
  // promisify.custom: imports of this file are not there yet when this runs.
  const promisified = { [Symbol.for("nodejs.util.promisify.custom")]: write };
  return { ...fs, write: Object.assign(() => undefined, promisified) };
});

it("B101: writes that take only a part are gone on with until all is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-files-"));
  const fd = openSync(join(folder, "file"), "w");
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i));
  try {
    most.bytes = 300;
    await writeAll(fd, bytes);
    expect(sizes).toEqual([300, 300, 300, 100]);
    expect(readFileSync(join(folder, "file")).equals(bytes)).toBe(true);
    most.bytes = 0;
    await expect(writeAll(fd, bytes), "and never waited for in vain").rejects.toThrow("nothing");
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});
