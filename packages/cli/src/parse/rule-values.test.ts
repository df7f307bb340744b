import { MAX_RATE, MAX_RATE_MS } from "@sotto/client/protocol";
import { describe, expect, test } from "vitest";
import type { Parser } from "./option-values.ts";
import { several, label, once, oneWord, path, rate, sha256, unit, window } from "./rule-values.ts";

const parse = (parser: Parser, text: string, previous?: unknown): unknown => parser(text, "--x", previous);
const SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

describe("units", () => {
  test.each([
    ["backup", "backup.service"],
    ["backup.service", "backup.service"],
    ["run-u7.scope", "run-u7.scope"],
    ["backup@db", "backup@db.service"],
    ["my.app", "my.app.service"],
    ["a\\x2db", "a\\x2db.service"],
  ])("B52: %s is %s, as for systemctl", (text, name) => {
    expect(parse(unit, text)).toBe(name);
  });

  test.each(["backup.timer", "a.slice", "a.socket", "backup@", "backup@.service", "", "a/b", "a b", "*"])(
    "B52: %j is refused",
    (text) => {
      expect(() => parse(unit, text)).toThrow("--x");
    },
  );
});

describe("labels of tokens", () => {
  test("are taken", () => {
    expect(parse(label, "nightly")).toBe("nightly");
  });

  test("B64: a token in their place is not repeated, and its maker told what it is worth now", () => {
    const token = "kF3_xA9-vQ2mZr8LtYw7NcBe5DhJgUs1PiOoRaKfXyM";
    expect(() => parse(label, token)).toThrow(/^(?!.*kF3).*never the token itself/);
  });

  test.each(["", "Nightly", "a/b", "-a"])("%j is refused", (text) => {
    expect(() => parse(label, text)).toThrow("label");
  });
});

test("B42: paths are absolute and straight", () => {
  expect(parse(path, "/usr/bin/pg_dump")).toBe("/usr/bin/pg_dump");
  expect(() => parse(path, "pg_dump")).toThrow("absolute");
  for (const text of [
    "/usr//bin/x",
    "/usr/./x",
    "/usr/../x",
    "/usr/bin/",
    "/usr/..",
    "/a\nb",
    `/${"a".repeat(1024)}`,
  ])
    expect(() => parse(path, text), text).toThrow("--x takes");
});

test("digests are lower case, never folded", () => {
  expect(parse(sha256, SHA)).toBe(SHA);
  expect(() => parse(sha256, SHA.toUpperCase())).toThrow("in lower case");
  for (const text of ["", SHA.slice(1), `${SHA}0`, `sha256:${SHA}`])
    expect(() => parse(sha256, text)).toThrow("64 hexadecimal digits");
});

describe("windows", () => {
  test.each(["Mon-Fri 02:00-02:15 Europe/Berlin", "22:00-24:00 UTC", "Sat,Sun 22:00-06:00 UTC"])(
    "B59: %s",
    (text) => {
      expect(parse(window, text)).toBe(text);
    },
  );

  test("B59: a zone is never guessed", () => {
    expect(() => parse(window, "Mon-Fri 02:00-02:15")).toThrow("lacks the time zone");
  });

  test.each([
    "",
    "Mon",
    "2:00-3:00 UTC",
    "02:00-25:00 UTC",
    "mon 02:00-03:00 UTC",
    "Mon,Mon 02:00-03:00 UTC",
  ])("B59: %j is none", (text) => {
    expect(() => parse(window, text)).toThrow("HH:MM-HH:MM");
  });
});

describe("rates", () => {
  test("B61: a count and a duration", () => {
    expect(parse(rate, "5/1h")).toEqual({ count: 5, perMs: 3_600_000 });
    expect(parse(rate, `${MAX_RATE}/366d`)).toEqual({ count: MAX_RATE, perMs: MAX_RATE_MS });
    for (const text of [`${MAX_RATE + 1}/1h`, "5/367d"])
      expect(() => parse(rate, text)).toThrow(`at most ${MAX_RATE} fetches`);
  });

  test.each(["", "5", "5/", "/1h", "0/1h", "-1/1h", "5/h", "5/1", "5/1h/1h", "5 /1h"])(
    "B61: %j is none",
    (text) => {
      expect(() => parse(rate, text)).toThrow("COUNT/DURATION");
    },
  );
});

test("what says one thing is not given twice", () => {
  expect(parse(once(rate), "5/1h")).toEqual({ count: 5, perMs: 3_600_000 });
  expect(() => parse(once(rate), "5/1h", { count: 1, perMs: 1 })).toThrow("once only");
});

test("a kind gathers, up to what a rule may hold", () => {
  expect(parse(several(label), "b", ["a"])).toEqual(["a", "b"]);
  expect(() => parse(several(label), "b", Array(32).fill("a"))).toThrow("32 times");
});

test("one of several words", () => {
  expect(parse(oneWord("get", "set"), "set")).toBe("set");
  for (const text of ["", "get,set", "GET"])
    expect(() => parse(oneWord("get", "set"), text)).toThrow("get or set");
});

test("no parser quotes what it was given", () => {
  for (const parser of [unit, label, path, sha256, window, rate, oneWord("get")])
    expect(() => parse(parser, "Hunter2!")).toThrow(/^(?!.*Hunter2)/);
});
