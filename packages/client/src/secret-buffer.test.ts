import { expect, test } from "vitest";
import { secretBuffer, secretCopy } from "./secret-buffer.ts";

test("is no part of a pool, whatever its length", () => {
  for (const length of [0, 1, 64, 65, 5000]) {
    expect(secretBuffer(length)).toHaveLength(length);
    expect(secretBuffer(length).buffer.byteLength).toBe(length);
  }
});

test("copies what there is of a longer one", () => {
  expect(secretCopy(Buffer.from("abcdef"), 3).toString()).toBe("abc");
});
