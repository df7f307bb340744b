import { expect, it } from "vitest";
import { parseDuration } from "./duration.ts";

it("a duration is a count of seconds, minutes, hours or days", () => {
  expect(["1s", "30s", "10m", "8h", "2d"].map(parseDuration)).toEqual([
    1000, 30_000, 600_000, 28_800_000, 172_800_000,
  ]);
  expect(parseDuration("9999999s"), "seven digits").toBe(9_999_999_000);
});

it("anything else is none", () => {
  for (const text of [
    "",
    "s",
    "10",
    "0s",
    "010s",
    "-1s",
    "+1s",
    "1.5h",
    "1e3s",
    "10S",
    "10 s",
    " 10s",
    "x10s",
  ])
    expect(parseDuration(text), text).toBeUndefined();
  for (const text of ["10s ", "10s\n", "10ms", "1h30m", "10w", "10000000s", "\u0661s"])
    expect(parseDuration(text), text).toBeUndefined();
});
