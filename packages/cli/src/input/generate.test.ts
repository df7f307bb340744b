import { expect, test } from "vitest";
import { generate, LONGEST, SHORTEST } from "./generate.ts";

test("has the length that was asked for, from the alphabet", () => {
  for (const length of [SHORTEST, 32, LONGEST]) {
    expect(generate(length).toString()).toMatch(new RegExp(`^[A-Za-z0-9._~-]{${length}}$`));
  }
});

test("bytes that would favour some characters are thrown again", () => {
  const rounds = [Buffer.alloc(16, 255), Buffer.alloc(16, 198), Buffer.alloc(16, 197)];
  const result = generate(16, (into) => rounds.shift()?.copy(into));
  expect(result.toString()).toBe("~".repeat(16));
  expect(rounds).toEqual([]);
});

test("every character is as likely as any other", () => {
  const counts = new Map<number, number>();
  for (const byte of generate(66_000)) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  expect(counts.size).toBe(66);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250);
});

test("no two are the same", () => {
  expect(generate(32).equals(generate(32))).toBe(false);
});
