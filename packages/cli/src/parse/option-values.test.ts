import { describe, expect, test } from "vitest";
import {
  attribute,
  duration,
  durationOrNone,
  integer,
  optionalInteger,
  plain,
  repeated,
  words,
} from "./option-values.ts";
import type { Parser } from "./option-values.ts";

const parse = (parser: Parser, text: string, previous?: unknown): unknown => parser(text, "--x", previous);

describe("durations", () => {
  test.each([
    ["30s", 30_000],
    ["10m", 600_000],
    ["8h", 28_800_000],
    ["2d", 172_800_000],
  ])("%s", (text, ms) => {
    expect(parse(duration, text)).toBe(ms);
  });

  test.each(["", "30", "s", "0s", "-1s", "1.5h", "1w", "1 h", "1h30m", "30S"])("%j is none", (text) => {
    expect(() => parse(duration, text)).toThrow("--x takes a duration");
  });

  test("0 stands for none where that makes sense", () => {
    expect(parse(durationOrNone, "0")).toBe(0);
    expect(parse(durationOrNone, "0s")).toBe(0);
    expect(parse(durationOrNone, "5m")).toBe(300_000);
  });
});

describe("whole numbers", () => {
  test("within bounds", () => {
    expect(parse(integer(16, 1024), "16")).toBe(16);
    expect(parse(integer(0), "9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each(["", "15", "1025", "+20", "-20", "0x20", "20.0", "2e1", " 20", "NaN"])(
    "%j is refused",
    (text) => {
      expect(() => parse(integer(16, 1024), text)).toThrow("from 16 to 1024");
    },
  );

  test("never rounds", () => {
    expect(() => parse(integer(0), "9007199254740993")).toThrow();
  });
});

test("a number that may be left out does not take a name for one", () => {
  expect(parse(optionalInteger(16, 1024), "20")).toBe(20);
  expect(() => parse(optionalInteger(16, 1024), "8")).toThrow("from 16 to 1024");
  for (const text of ["bank/login", ""])
    expect(() => parse(optionalInteger(16, 1024), text)).toThrow(
      expect.objectContaining({ hint: "let it be the last option, behind the name" }),
    );
});

test("repeated options gather", () => {
  expect(parse(repeated(plain), "b", ["a"])).toEqual(["a", "b"]);
});

test("operations", () => {
  const operations = words("get", "set");
  expect(parse(operations, "get,set")).toEqual(["get", "set"]);
  expect(parse(operations, "set,set")).toEqual(["set"]);
  for (const text of ["", "get,", "all", "GET"]) expect(() => parse(operations, text)).toThrow("get or set");
});

describe("attributes", () => {
  test("gather, and may hold = or be empty", () => {
    expect(parse(attribute, "url=a=b", { user: "x" })).toEqual({ user: "x", url: "a=b" });
    expect(parse(attribute, "url=")).toEqual({ url: "" });
  });

  test.each(["url", "=x", "a b=x", `${"k".repeat(65)}=x`, "a=b\nc", `a=${"x".repeat(1025)}`])(
    "%j is refused",
    (text) => {
      expect(() => parse(attribute, text)).toThrow();
    },
  );
});

test("no parser quotes what it was given", () => {
  for (const parser of [duration, integer(0), words("get"), attribute]) {
    expect(() => parse(parser, "hunter2")).toThrow(/^(?!.*hunter2)/);
  }
});
