import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = import.meta.dirname;
const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.startsWith("test-support"))
  .filter((name) => !/^platform.(?:windows\.ts|win32.)/.test(name)) // loaded on Windows only
  .map((name) => ({ name, text: readFileSync(join(SOURCES, name), "utf8") }));

/** A job that fetches one secret must not wait for anything else to load. */
const ALLOWED = ["msgpackr/pack", "node:fs", "node:net", "node:path", "node:timers/promises", "node:util"];

it("the library loads msgpackr and what Node brings, nothing else", () => {
  const outside = files.flatMap(({ text }) => [...text.matchAll(/(?:from|import\() ?"([^."][^"]*)"/g)]);
  const met = new Set(outside.map((match) => match[1]));
  met.delete("msgpackr"); // the type of a class, see protocol/msgpack.ts
  expect([...met].sort()).toEqual(ALLOWED);
});

it("the protocol depends on nothing of the library", () => {
  for (const { name, text } of files.filter((file) => file.name.startsWith("protocol")))
    expect([name, text.includes('from "../')]).toEqual([name, false]);
});

it("only platform/ asks what it runs on", () => {
  const asking = files.filter(({ text }) => text.includes("process.platform")).map(({ name }) => name);
  expect(asking).toEqual([join("platform", "system.ts")]);
});
