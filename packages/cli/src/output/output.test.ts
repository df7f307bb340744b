import { expect, test } from "vitest";
import { statusDocument } from "../commands/status.ts";
import { base64, jsonString, valueMembers } from "./json-bytes.ts";
import { allPages } from "./pages.ts";
import { table } from "./table.ts";
import { rfc3339, span } from "./time.ts";

test("JSON strings from bytes are those of JSON.stringify", () => {
  const text = 'a"\\\n\u0000\u001f\u007f\u00e9\u{1f511}/';
  expect(JSON.parse(jsonString(Buffer.from(text)).toString())).toBe(text);
  expect(jsonString(Buffer.alloc(0)).toString()).toBe('""');
});

test("base64 from bytes is that of Buffer", () => {
  for (let length = 0; length < 7; length++) {
    const bytes = Buffer.from([0, 255, 16, 131, 7, 200, 77].slice(0, length));
    expect(base64(bytes).toString()).toBe(bytes.toString("base64"));
  }
});

test("a value that is no text is told in base64", () => {
  const document = (bytes: Buffer): unknown =>
    JSON.parse(`{${Buffer.concat(valueMembers(bytes)).toString()}}`);
  expect(document(Buffer.from("\u00e9"))).toEqual({ encoding: "utf8", value: "\u00e9" });
  expect(document(Buffer.from([0xff, 0]))).toEqual({ encoding: "base64", value: "/wA=" });
});

test("times have an offset and are the same moment", () => {
  const now = 1_772_346_600_000;
  expect(rfc3339(now)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
  expect(Date.parse(rfc3339(now))).toBe(now);
});

test("spans show the two largest units", () => {
  expect([0, 59, 60, 3_601, 90_061].map(span)).toEqual(["0s", "59s", "1m", "1h", "1d 1h"]);
});

test("tables align", () => {
  expect(
    table([
      ["a", "bb"],
      ["ccc", ""],
    ]),
  ).toBe("a    bb\nccc");
});

test("pages are gathered until there is no more", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const asked: (string | undefined)[] = [];
  const all = await allPages(
    (after) => {
      asked.push(after);
      const items = names.filter((name) => name > (after ?? "")).slice(0, 2);
      return Promise.resolve({ items, more: items.at(-1) !== "e" });
    },
    (name) => name,
  );
  expect(all).toEqual(names);
  expect(asked).toEqual([undefined, "b", "d"]);
});

test("status has exactly the keys of the contract", () => {
  const forAll = {
    state: "locked",
    pid: 1,
    version: "1",
    protocol: 1,
    memory: "secret",
    uptimeSeconds: 0,
  } as const;
  expect(Object.keys(statusDocument(forAll)).join(" ")).toBe(
    "state pid version protocol memory uptimeSeconds",
  );
  const document = statusDocument({ ...forAll, audit: "ok", durability: "known", unlockedAt: 0 });
  expect(Object.keys(document).slice(6).join(" ")).toBe(
    "vaultId generation secrets rules unlockedAt unlockedByUid locksAt audit",
  );
  expect(document).toMatchObject({ vaultId: null, locksAt: null });
  expect(Date.parse(String(document["unlockedAt"]))).toBe(0);
});
