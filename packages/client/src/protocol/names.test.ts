import { describe, expect, it } from "vitest";
import { MAX_TOKEN_LABEL } from "./limits.ts";
import {
  isAccountName,
  isLabel,
  isPlainPath,
  isSecretName,
  isSelector,
  isSid,
  isUnitName,
  selectorPrefix,
} from "./names.ts";

const REFUSED: readonly (readonly [string, string])[] = [
  ["empty", ""],
  ["257 bytes", `${"a".repeat(63)}/`.repeat(4) + "a"],
  ["..", ".."],
  ["a/../b", "a/../b"],
  ["dots in a segment", "a..b"],
  ["a slash first", "/a"],
  ["a slash last", "a/"],
  ["an empty segment", "a//b"],
  ["./a", "./a"],
  ["a/./b", "a/./b"],
  ["NUL", "a\0b"],
  ["line feed inside", "a\nb"],
  ["line feed at the end", "a\n"],
  ["carriage return", "a\rb"],
  ["a space first", " a"],
  ["a space last", "a "],
  ["percent", "a%2fb"],
  ["backslash", "a\\b"],
  ["a capital", "A"],
  ["a capital inside", "aBc"],
  ["é composed", "\u00e9"],
  ["é decomposed", "e\u0301"],
  ["KELVIN SIGN", "\u212a"],
  ["LONG S", "\u017f"],
  ["DIVISION SLASH", "a\u2215b"],
  ["right-to-left override", "a\u202eb"],
  ["*", "*"],
  ["a*", "a*"],
  ["+", "+"],
  ["?", "?"],
  ["[a]", "[a]"],
  ["{{x}}", "{{x}}"],
  ["~", "~"],
  ["$HOME", "$HOME"],
  ["a dot first", ".a"],
  ["a dot last", "a."],
  ["an underscore first", "_a"],
  ["a dash last", "a-"],
  ["nine segments", "a/b/c/d/e/f/g/h/i"],
  ["65 characters in a segment", "a".repeat(65)],
  ["half of a surrogate pair", "\ud800"],
];

describe("names", () => {
  it.each(REFUSED)("B28: %s is refused, as a name and in a rule", (_title, name) => {
    expect(isSecretName(name)).toBe(false);
    expect(isSelector(name)).toBe(false);
    expect(isSelector(`${name}/**`)).toBe(false);
  });

  it.each(["__proto__", "constructor", "a/constructor", "toString", "hasOwnProperty"])(
    "B17: %s is refused",
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );

  it.each([
    "a",
    "0",
    "db/password",
    "a/b/c/d/e/f/g/h",
    "a".repeat(64),
    "a_.-b",
    "1.2.3.4/x",
    "constructors",
    Array<string>(4).fill("a".repeat(63)).join("/"),
  ])("%s is a name", (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(isSelector(name)).toBe(true);
  });

  it("255 bytes are a name, 256 are not", () => {
    const three = `${"a".repeat(63)}/`.repeat(3);
    expect(isSecretName(three + "a".repeat(63))).toBe(true);
    expect(isSecretName(three + "a".repeat(64))).toBe(false);
  });
});

describe("selectors", () => {
  it("name one secret, or everything below a prefix", () => {
    expect(isSelector("db/**")).toBe(true);
    expect(selectorPrefix("db/**")).toBe("db");
    expect(selectorPrefix("a/b/**")).toBe("a/b");
    expect(selectorPrefix("db")).toBeUndefined();
  });

  it.each([
    "**",
    "/**",
    "*",
    "db*",
    "db**",
    "db/*",
    "d/*/x",
    "**/x",
    "db/**/x",
    "db/**/**",
    "DB/**",
    "db/***",
  ])("B57: %s is refused", (pattern) => {
    expect(isSelector(pattern)).toBe(false);
  });
});

describe("what else has a name", () => {
  it("a label of a token is one segment of a name", () => {
    for (const label of ["a", "nightly-backup", "1.2_x", "a".repeat(MAX_TOKEN_LABEL)])
      expect(isLabel(label), label).toBe(true);
    for (const other of ["", "a/b", "A", "a..b", "-a", "a.", "constructor", "a".repeat(MAX_TOKEN_LABEL + 1)])
      expect(isLabel(other), other).toBe(false);
  });

  it("a unit that runs processes has its full name", () => {
    for (const unit of [
      "backup.service",
      "a@b.service",
      "dev-x\\x2dy.service",
      "run-r1.scope",
      "A:b.service",
    ])
      expect(isUnitName(unit), unit).toBe(true);
    for (const other of [
      "backup",
      ".service",
      "backup.timer",
      "user.slice",
      "a/b.service",
      "a b.service",
      "a.services",
      "a.service\n",
    ])
      expect(isUnitName(other), other).toBe(false);
    expect(isUnitName(`${"a".repeat(247)}.service`)).toBe(true);
    expect(isUnitName(`${"a".repeat(248)}.service`)).toBe(false);
  });

  it("a SID of Windows has one spelling", () => {
    for (const sid of ["S-1-5-18", "S-1-1-0", "S-1-5-21-1004336348-1177238915-682003330-1001"])
      expect(isSid(sid), sid).toBe(true);
    for (const other of [
      "S-1-5",
      "s-1-5-18",
      "S-1-5-018",
      "S-2-5-18",
      "S-1-5-18-",
      "S-1-5-18\n",
      "S-1-0x5-1",
    ])
      expect(isSid(other), other).toBe(false);
    expect(isSid(`S-1-5${"-1".repeat(15)}`)).toBe(true);
    expect(isSid(`S-1-5${"-1".repeat(16)}`)).toBe(false);
  });

  it("a path says what it names, on Windows too", () => {
    for (const path of ["/usr/bin/psql", "C:\\Jobs\\job.exe", "z:\\a b\\.job"])
      expect(isPlainPath(path), path).toBe(true);
    for (const other of [
      ...[
        "",
        "usr",
        "/a//b",
        "/a/../b",
        "/a/",
        "C:",
        "C:\\",
        "C:job.exe",
        "C:/job.exe",
        "C:\\a\\..\\job.exe",
      ],
      ...[
        "C:\\job.exe:stream",
        "C:\\a\\\\b",
        "C:\\a\\",
        "C:\\job.exe.",
        "C:\\job.exe ",
        "\\\\server\\share\\job.exe",
        "C:\\*.exe",
      ],
    ])
      expect(isPlainPath(other), other).toBe(false);
  });

  it("B58: a user or group is named, not numbered", () => {
    for (const name of [
      "alice",
      "www-data",
      "_apt",
      "DOMAIN\\alice",
      "alice@example.org",
      "müller",
      "7zip",
      "web01",
      "a-1",
    ])
      expect(isAccountName(name), name).toBe(true);
    for (const other of ["", "1000", "+1000", "-1", "-alice", "a:b", "a,b", "a b", "alice\n"])
      expect(isAccountName(other), other).toBe(false);
  });
});
