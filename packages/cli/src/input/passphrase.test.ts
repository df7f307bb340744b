import { expect, test } from "vitest";
import { codePoints, passphraseProblem } from "./passphrase.ts";

test("characters are counted, not bytes", () => {
  expect(codePoints(Buffer.from("a\u00e9\u20ac\u{1f511}"))).toBe(4);
  expect(codePoints(Buffer.alloc(0))).toBe(0);
});

test("a new passphrase has 12 characters, or at least one where a weak one is wanted", () => {
  expect(passphraseProblem(Buffer.from("\u00e9".repeat(12)), false)).toBeUndefined();
  expect(passphraseProblem(Buffer.from("\u00e9".repeat(11)), false)?.exit).toBe(2);
  expect(passphraseProblem(Buffer.from("x"), true)).toBeUndefined();
  expect(passphraseProblem(Buffer.alloc(0), true)?.exit).toBe(2);
});
