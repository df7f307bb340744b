import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped } from "./escape.ts";
import type { EscapeName } from "./escape-names.ts";
import type { Hole } from "./template.ts";
import { isHole, parseTemplate } from "./template.ts";

const hole = (escape: EscapeName, before = ""): Hole => ({
  name: "a/b",
  attribute: undefined,
  escape,
  before,
  place: "line 1, column 1",
});
const escape = (value: string | Buffer, format: EscapeName, before?: string): string =>
  escaped(Buffer.from(value), hole(format, before)).toString("latin1");

const parse = (text: string): unknown[] =>
  parseTemplate(Buffer.from(text), "none").map((piece) =>
    isHole(piece) ? [piece.name, piece.attribute, piece.escape] : piece.toString(),
  );

test("B120: a template is cut into what stands there and what is filled in", () => {
  expect(parse('a={{secret "x/y"}}\n{{ secret "z" "user" | json }}{{"{{"}}}}')).toEqual([
    "a=",
    ["x/y", undefined, "none"],
    "\n",
    ["z", "user", "json"],
    "{{",
    "}}",
  ]);
  expect(parse("")).toEqual([]);
  expect(parse("{ {} }}")).toEqual(["{ {} }}"]);
});

test.each([
  ["{{}}", "line 1, column 1"],
  ["a\n\u00e9\u{1f511}{{if hunter2}}", "line 2, column 3"],
  ["{{secret hunter2}}", "no construct"],
  ['{{secret "hunter2" "b" "c"}}', "no construct"],
  ['{{secret "x" | xml}}', "no such format"],
  ['{{secret "x"', "without }}"],
  ['{{secret\n"x"}}', "without }}"],
  ['{{secret "Hunter2"}}', "not a valid name"],
  ['{{secret "x" "hunter2 a"}}', "not the key"],
  ['{{secret "x" | json | shell}}', "no construct"],
])("B120: %s is refused with its place, and not quoted", (text, expected) => {
  expect(() => parse(text)).toThrow(expected);
  expect(() => parse(text)).toThrow(/^line \d+, column \d+: (?!.*[Hh]unter2)/);
});

test("B120: json: every text comes back from JSON.parse, as a whole string and within one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      fc.pre(Buffer.from(text).toString() === text); // no lone surrogates
      const read = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
      expect(read(escaped(Buffer.from(text), hole("json", '{"a": ')))).toBe(text);
      const inner = escaped(Buffer.from(text), hole("json", '{"a": "x'));
      expect(read(Buffer.concat([Buffer.from('"'), inner, Buffer.from('"')]))).toBe(text);
    }),
  );
  expect(() => escape(Buffer.from([0xff]), "json")).toThrow("a/b is not UTF-8");
});

test("B120: shell: every value comes back from a shell", () => {
  for (const bytes of [
    Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1)),
    Buffer.from("''\n\n$(id)`id`"),
    Buffer.alloc(0),
  ]) {
    const script = `S=${escape(bytes, "shell", "S=")}; printf %s "$S"`;
    const result = execFileSync("sh", [], { input: Buffer.from(script, "latin1") });
    expect(result.equals(bytes)).toBe(true);
  }
  for (const before of ["S='", 'S="', "S=\\", "S='a'\"b"])
    expect(() => escape("x", "shell", before), before).toThrow("brings its own quotes");
  expect(escape("x", "shell", "S='a'")).toBe("'x'");
  expect(() => escape("a\0", "shell")).toThrow("a byte 0");
});

const hasGit = spawnSync("git", ["--version"]).status === 0;
test.skipIf(!hasGit)("B120: ini: every line comes back from git config", () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-ini-"));
  try {
    for (const text of ["plain-1", "", " a b ", "a;b#c", 'q"q\\', "caf\u00e9", "it's", "#", "[x]", "%s"]) {
      const file = join(folder, "config");
      const value = escaped(Buffer.from(text), hole("ini", "v = "));
      writeFileSync(file, Buffer.concat([Buffer.from("[s]\nv = "), value, Buffer.from("\n")]));
      expect(execFileSync("git", ["config", "-f", file, "s.v"]).toString(), text).toBe(`${text}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const text of ["a\nb = c", "a\r", "\0", "\x7f"])
    expect(() => escape(text, "ini")).toThrow("a control character");
});

test("B120: netrc: plain where it can be, else in quotes; what cannot stand there is refused", () => {
  expect(escape("s3cret!", "netrc")).toBe("s3cret!");
  expect(escape("", "netrc")).toBe('""');
  expect(escape('a b"\\\n\t', "netrc")).toBe('"a b\\"\\\\\\n\\t"');
  expect(escape("#x", "netrc")).toBe('"#x"');
  expect(() => escape("\0", "netrc")).toThrow("a control character");
  expect(() => escape("x", "netrc", 'password "')).toThrow("brings its own quotes");
});

test("B120: none: the bytes as they are", () => {
  expect(escape(Buffer.from([0, 255, 10, 39]), "none")).toBe("\0\xff\n'");
});
