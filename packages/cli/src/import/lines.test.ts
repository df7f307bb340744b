/** Files of lines, env and ini: what they may hold, and what is refused because it could mean something else. */
import { expect, it } from "vitest";
import type { Row } from "./readers.test.helper.ts";
import { problems, read, rows } from "./readers.test.helper.ts";

it.each<[string, string, readonly Row[]]>([
  ["plain", "DB_PASSWORD=hunter2\n", [["db_password", "hunter2"]]],
  [
    "export, blanks, no newline",
    "export A = b c \n\n# note\n  B=1",
    [
      ["a", "b c"],
      ["b", "1"],
    ],
  ],
  [
    "BOM and CRLF",
    "\ufeffA=x\r\nB=y\r\n",
    [
      ["a", "x"],
      ["b", "y"],
    ],
  ],
  [
    "an empty value",
    "A=\nB=''\nC=\"\"\n",
    [
      ["a", ""],
      ["b", ""],
      ["c", ""],
    ],
  ],
  [
    "quotes",
    'A=\'a # "b"\' # c\nB="x\\ny\'"\nC=`z`',
    [
      ["a", 'a # "b"'],
      ["b", "x\ny'"],
      ["c", "z"],
    ],
  ],
  [
    "several lines",
    "A='one\n\"two\"\nthree'\nB=2",
    [
      ["a", 'one\n"two"\nthree'],
      ["b", "2"],
    ],
  ],
  [
    "odd signs",
    'A=p=$x\\d"e!\nB=é',
    [
      ["a", 'p=$x\\d"e!'],
      ["b", "é"],
    ],
  ],
])("env: %s", (_what, text, expected) => expect(rows(read("env", text))).toEqual(expected));

it.each([
  ["a # in a value", "A=ok\nB=abc#def\n", /line 2: programs read/],
  ["a comment after a value", "A=abc # def", /line 1: programs read/],
  ["a key twice", "A=1\n\nA=2", /line 3: the key was there before, in line 1/],
  ["a line that is none", "A=1\nhunter2\n", /line 2: this is no KEY=value/],
  ["YAML", "A: hunter2\n", /line 1: this is no/],
  ["an open quote", "A='hunter2\nB=1", /line 1: programs read/],
  ["text after a quote", "A='b'c", /line 1: programs read/],
  ["a quote behind a backslash", 'A="hunter\\"2"', /line 1: programs read/],
  ["a backslash twice", 'A="hunter\\\\2"', /line 1: programs read/],
  ["a key that JavaScript knows", "__proto__=hunter2", /line 1/],
  ["nothing", "# only a comment\n", /there is no secret in it/],
  ["not UTF-8", Buffer.from("A=\xff", "latin1"), /not UTF-8/],
])("env refuses %s, and quotes nothing", (_what, text, expected) => {
  expect(problems("env", text).join()).toMatch(expected);
  expect(problems("env", text).join()).not.toMatch(/hunter|abc/);
});

it.each<[string, string, readonly Row[]]>([
  [
    "sections",
    "top=0\n[db.main]\r\npassword = a b \r\n[Mail]\nUser=x=y",
    [
      ["top", "0"],
      ["db.main/password", "a b"],
      ["mail/user", "x=y"],
    ],
  ],
  [
    "words of JavaScript",
    "a=true\nb=null\nc=00123\nd=1e5\ne=",
    [
      ["a", "true"],
      ["b", "null"],
      ["c", "00123"],
      ["d", "1e5"],
      ["e", ""],
    ],
  ],
  [
    "quotes",
    "a=\"x;#\\\"\\u00e9\"\nb='y;z'\nc='007'",
    [
      ["a", 'x;#"é'],
      ["b", "y;z"],
      ["c", "007"],
    ],
  ],
  [
    "a section again, comments",
    "; c\n[s]\na=1\n# d\n[t]\nb=2\n[s]\nc=3",
    [
      ["s/a", "1"],
      ["t/b", "2"],
      ["s/c", "3"],
    ],
  ],
])("ini: %s", (_what, text, expected) => expect(rows(read("ini", text))).toEqual(expected));

it.each([
  ["a # or ; in a value", "a=hunter#2\nb=hunter;2", /line 1: programs.*line 2: programs/],
  ["a backslash twice", "a=hunter\\\\2", /line 1: programs/],
  ["a number in single quotes that changes", "a='1e5'", /line 1: programs/],
  ["quotes within quotes", "a='\"hunter2\"'", /line 1: programs/],
  ["quotes that do not end right", 'a="hunter"2"', /line 1: programs/],
  ["a key twice", "[s]\na=1\na=2", /line 3: the key was there before, in line 2/],
  ["a list", "a[]=hunter2", /line 1: programs/],
  [
    "a colon, a line that goes on, a key alone",
    "a: hunter2=x\nb=1\n  hunter2\nkey",
    /line 1: .*line 3: .*line 4: /,
  ],
  ["a key that JavaScript knows", "__proto__=hunter2\n[__proto__]\nb=hunter2", /line 1: .*line 3: /],
  ["sections and keys that meet", "a=1\n[a]\nb=2\n[a.b]\nc=3", /line/],
])("ini refuses %s, and quotes nothing", (_what, text, expected) => {
  expect(problems("ini", text).join()).toMatch(expected);
  expect(problems("ini", text).join()).not.toContain("hunter");
});

it.each([
  ["names that collide", "DB_A=1\ndb_a=2", /line 2: it would be called as that of line 1/],
  ["a name without a letter", "___=1", /line 1: no name comes/],
  ["a name that is reserved", "constructor=1", /line 1: no name comes/],
  ["a name that is too long", `${"a".repeat(65)}=1`, /line 1: no name comes/],
  ["a value over 1 MiB", `A=${"x".repeat(1024 * 1024 + 1)}`, /line 1: the value is longer/],
])("a plan refuses %s", (_what, text, expected) => {
  expect(problems("env", text).join()).toMatch(expected);
});
