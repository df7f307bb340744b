/** The tables beside the suite say what is there: the code that is broken on purpose, and which test shows what. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Sabotage {
  readonly promise: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly test: string;
}

const entries = JSON.parse(readFileSync(join(ROOT, "test/sabotage.json"), "utf8")) as Sabotage[];

it("there are enough ways to break the code on purpose", () => {
  expect(entries.length).toBeGreaterThanOrEqual(15);
  expect(new Set(entries.map(({ test }) => test)).size).toBeGreaterThanOrEqual(15);
});

it.each(entries)("npm run prove: $promise ($test)", ({ file, from, to, test }) => {
  const code = readFileSync(join(ROOT, file), "utf8");
  expect(code.split(from).length - 1, "places of the code that it names").toBe(1);
  expect(code.replace(from, () => to)).not.toBe(code);
  expect(existsSync(join(ROOT, test))).toBe(true);
});

it("test/BEHAVIOUR-INDEX.md is up to date", (context) => {
  if (!existsSync(join(ROOT, ".git"))) return context.skip("not a checkout: the tests cannot be listed");
  execFileSync(process.execPath, [join(ROOT, "scripts/behaviour-index.mjs"), "--check"], { stdio: "pipe" });
});
