/** json, csv and netrc: what they may hold, and what is refused because it could mean something else. */
import { expect, it } from "vitest";
import type { Row } from "./readers.test.helper.ts";
import { problems, read, rows } from "./readers.test.helper.ts";

it.each<[string, unknown, readonly Row[]]>([
  [
    "nested objects",
    { db: { Main: { pass_word: "x" } }, "a/b": "y" },
    [
      ["db/main/pass_word", "x"],
      ["a/b", "y"],
    ],
  ],
  [
    "a login",
    { db: { username: "bob", password: "p", url: "u" } },
    [["db", "p", { username: "bob", url: "u" }]],
  ],
  [
    "a password beside others is no login",
    { db: { username: "b", password: "p", key: "k" } },
    [
      ["db/username", "b"],
      ["db/password", "p"],
      ["db/key", "k"],
    ],
  ],
  [
    "a value with attributes",
    { a: { value: "v", attributes: { k: "x" } }, b: { value: "" } },
    [
      ["a", "v", { k: "x" }],
      ["b", ""],
    ],
  ],
  ["base64", { a: { value: "aGk=", encoding: "base64" } }, [["a", "hi"]]],
  ["controls and signs", { a: '\u0000"\\\n€😀' }, [["a", '\u0000"\\\n€😀']]],
])("json: %s", (_what, document, expected) =>
  expect(rows(read("json", JSON.stringify(document)))).toEqual(expected),
);

it("json: numbers are taken digit by digit", () => {
  const text = '\ufeff{"a": 1.10, "b": 12345678901234567890, "c": -1E+2}';
  expect(rows(read("json", text))).toEqual([
    ["a", "1.10"],
    ["b", "12345678901234567890"],
    ["c", "-1E+2"],
  ]);
});

it.each([
  [
    "other types",
    '{"a": true,\n"b": null,\n"c": ["hunter2"]}',
    /line 1: boolean.*line 2: null.*line 3: array/,
  ],
  ["a key twice", '{"a": "hunter1",\n"a": "hunter2"}', /line 2: the key is there twice/],
  ["no object", '["hunter2"]', /not an object/],
  ["no JSON", '{"a": hunter2}', /line 1: this is not valid JSON/],
  ["a comment", '{"a": "hunter2"} // x', /not valid JSON/],
  ["a comma at the end", '{"a": "hunter2",}', /not valid JSON/],
  ["nothing", "", /not valid JSON|not an object/],
  ["half a character", '{"a": "\\ud800"}', /surrogate/],
  ["no base64", '{"a": {"value": "hunter2", "encoding": "base64"}}', /no base64/],
  ["nine segments", '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":"x"}}}}}}}}}', /no name comes/],
  ["what is nested without end", '{"a":'.repeat(100_000), /nested|not valid/],
])("json refuses %s, and quotes nothing", (_what, text, expected) => {
  expect(problems("json", text).join()).toMatch(expected);
  expect(problems("json", text).join()).not.toContain("hunter");
});

it.each<[string, string, readonly Row[]]>([
  [
    "columns of a plain table",
    'name,value,owner\r\nbank/login,"a,""b""\r\nc",bob\r\n',
    [["bank/login", 'a,"b"\r\nc', { owner: "bob" }]],
  ],
  [
    "the export of Chrome",
    "name,url,username,password,note\nx.org,https://x.org/,a,1,\nx.org,https://x.org/,b,2,hush\n",
    [
      ["x.org/a", "1", { url: "https://x.org/", username: "a" }],
      ["x.org/b", "2", { url: "https://x.org/", username: "b" }],
      ["x.org/b/note", "hush"],
    ],
  ],
  [
    "the export of Firefox",
    '"url","username","password","httpRealm"\n"https://x.org:8443","a","1",""\n',
    [["x.org-8443", "1", { url: "https://x.org:8443", username: "a" }]],
  ],
  [
    "the export of Bitwarden",
    "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n,,login,Bank,,,0,b.org,bob,p,SEED\n",
    [
      ["bank", "p", { type: "login", reprompt: "0", url: "b.org", username: "bob" }],
      ["bank/login_totp", "SEED"],
    ],
  ],
  [
    "the export of KeePassXC",
    '\ufeff"Group","Title","Username","Password","URL"\n"Root","My Bank","bob","p",""\n',
    [["my-bank", "p", { group: "Root", username: "bob" }]],
  ],
])("csv: %s", (_what, text, expected) => expect(rows(read("csv", text))).toEqual(expected));

it.each([
  ["a short row", "name,value\na,hunter1\nhunter2\n", /line 3: this is no row/],
  ["a quote within a field", 'name,value\na,hun"ter\n', /line 2: this is no row/],
  ["an open quote", 'name,value\na,"hunter\n', /line \d: this is no row/],
  ["no column of values", "name,secret\na,hunter2\n", /line 1: there is no column/],
  ["semicolons", "name;value\na;hunter2\n", /line 1: there is no column/],
  ["a column twice", "name,value,Name\na,hunter2,b\n", /line 1: two columns/],
  ["an attribute of two lines", 'name,value,a\nb,hunter2,"c\nd"\n', /attribute 1/],
  ["a row without a name", "name,value\n,hunter2\n", /line 2: no name/],
  ["nothing", "", /no header row/],
])("csv refuses %s, and quotes nothing", (_what, text, expected) => {
  expect(problems("csv", text).join()).toMatch(expected);
  expect(problems("csv", text).join()).not.toContain("hunter");
});

it.each<[string, string, readonly Row[]]>([
  [
    "lines and one line",
    "machine a.org\r\n  login bob\r\n  password x\r\nmachine b.org login eve password y # end",
    [
      ["a.org", "x", { username: "bob", url: "https://a.org" }],
      ["b.org", "y", { username: "eve", url: "https://b.org" }],
    ],
  ],
  [
    "several logins",
    "machine a.org login A password 1\nmachine a.org login b password 2",
    [
      ["a.org/a", "1", { username: "A", url: "https://a.org" }],
      ["a.org/b", "2", { username: "b", url: "https://a.org" }],
    ],
  ],
  [
    "quotes, signs, comments",
    '# c\nmachine a password "x \\"y\\\\ #"\n# d\nmachine b password #"z',
    [
      ["a", 'x "y\\ #', { url: "https://a" }],
      ["b", '#"z', { url: "https://b" }],
    ],
  ],
  [
    "default, an account, a macro, no password",
    "machine a login b\nmacdef init\ncd /pub password z\n\nmachine c password 1 account 2\ndefault login d password e",
    [
      ["c", "1", { url: "https://c" }],
      ["c/account", "2", { url: "https://c" }],
      ["default", "e", { username: "d" }],
    ],
  ],
])("netrc: %s", (_what, text, expected) => expect(rows(read("netrc", text))).toEqual(expected));

it("netrc: what is passed over is told", () => {
  expect(read("netrc", "machine a login b\nmacdef m\nx\n\n").leftOut).toEqual([
    "line 2: a macro",
    "line 1: a machine without a password",
  ]);
});

it.each([
  ["another word", "machine a\npasword hunter2", /line 2: a word of a netrc/],
  ["a password of no machine", "password hunter2", /line 1: password belongs to no machine/],
  ["a password twice", "machine a password hunter1 password hunter2", /twice/],
  ["an open quote", 'machine a password "hunter2', /password has no value/],
  ["no value", "machine a password", /password has no value/],
])("netrc refuses %s, and quotes nothing", (_what, text, expected) => {
  expect(problems("netrc", text).join()).toMatch(expected);
  expect(problems("netrc", text).join()).not.toContain("hunter");
});
