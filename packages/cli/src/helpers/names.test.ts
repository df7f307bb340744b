import { expect, test } from "vitest";
import { namesFor } from "./names.ts";

test.each<[string, string | undefined, string[]]>([
  ["example.org", undefined, ["git/example.org"]],
  ["Example.ORG", "", ["git/example.org"]],
  [
    "example.org:8443",
    "/a/b.git/",
    ["git/example.org_8443/a/b.git", "git/example.org_8443/a", "git/example.org_8443"],
  ],
  ["example.org", "Team/tool", ["git/example.org"]],
  ["example.org", "team/Tool", ["git/example.org/team", "git/example.org"]],
  ["example.org", "../x", ["git/example.org"]],
])("%s and %s: %j", (host, path, names) => {
  expect(namesFor("git", host, path)).toEqual(names);
});

test.each([
  "example.org_8443",
  "exa\u212aple.org",
  "[::1]:80",
  "a/b",
  "a..b",
  "",
  "user@host",
  ".org",
  "a:b",
  "a:1:2",
])("the host %j has no name", (host) => {
  expect(namesFor("git", host)).toEqual([]);
});

test("what is too deep for a name is left out, the rest is not", () => {
  const names = namesFor("git", "h", Array.from({ length: 20 }, (_, i) => `s${i}`).join("/"));
  expect(names.length).toBe(7);
  expect(names[0]).toBe("git/h/s0/s1/s2/s3/s4/s5");
});
