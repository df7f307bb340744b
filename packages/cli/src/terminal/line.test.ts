import { describe, expect, test } from "vitest";
import type { Key } from "./line.ts";
import { Line } from "./line.ts";

/** Feeds bytes; returns the line and what the bytes asked for. */
function typed(
  input: string | readonly number[],
  limit = 64,
): { line: string; keys: Key[]; overflowed: boolean } {
  const line = new Line(limit);
  const keys: Key[] = [];
  for (const byte of Buffer.from(input as string)) {
    const key = line.push(byte);
    if (key !== undefined) keys.push(key);
  }
  const { overflowed } = line;
  return { line: line.take().toString(), keys, overflowed };
}

describe("a hidden line", () => {
  test("takes bytes as they come, tab and high bytes included", () => {
    expect(typed("a b\tc\u00e9\u{1f511}").line).toBe("a b\tc\u00e9\u{1f511}");
  });

  test.each([
    ["\r", "line"],
    ["\n", "line"],
    ["\x03", "interrupt"],
    ["\x1a", "suspend"],
    ["\x1c", "quit"],
    ["\x04", "end"],
    ["\x01", "bell"],
    ["\x7f", "bell"],
  ] as const)("%j asks for %s", (input, key) => {
    expect(typed(input).keys).toEqual([key]);
  });

  test("Ctrl-D within a line is no end", () => {
    expect(typed("ab\x04c")).toMatchObject({ line: "abc", keys: ["bell"] });
  });

  test("backspace erases whole characters", () => {
    expect(typed("a\u00e9\x7f").line).toBe("a");
    expect(typed("a\u{1f511}\x08b").line).toBe("ab");
    expect(typed("ab\x7f\x7f\x7f").line).toBe("");
  });

  test("Ctrl-U erases the line", () => {
    expect(typed("wrong\x15right").line).toBe("right");
  });

  test.each([
    "\x1b[200~pass\x1b[201~word",
    "pa\x1b[Ass\x1bOHword",
    "pass\x1b[1;5Cword",
    "pass\x1b\x1b[Bword",
    "pass\x1bword",
  ])("escape sequences are passed over: %j", (input) => {
    expect(typed(input)).toEqual({ line: "password", keys: [], overflowed: false });
  });

  test.each(["ab\x1b\r", "ab\x1b[\r", "ab\x1bO\r"])("Enter works within one: %j", (input) => {
    expect(typed(input)).toMatchObject({ line: "ab", keys: ["line"] });
  });

  test("more than there is room for is noticed, and forgotten with the line", () => {
    expect(typed("12345", 4)).toMatchObject({ line: "1234", overflowed: true, keys: ["bell"] });
    expect(typed("12345\x15123", 4)).toMatchObject({ line: "123", overflowed: false });
  });
});
