import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { installCommands } from "../support/readme.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENTS = [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "docs/HELPERS.md",
  "docs/PERFORMANCE.md",
  "docs/SYSTEMD.md",
  "docs/WINDOWS.md",
  "packages/client/PROTOCOL.md",
  "packages/client/native/README.md",
  "packages/agent/VAULT.md",
  "packages/agent/AUDIT.md",
];

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** A path, or one with a star in its last part. */
function leadsSomewhere(path: string): boolean {
  if (!path.includes("*")) return existsSync(join(ROOT, path));
  const [before = "", after = ""] = path.split("/").at(-1)?.split("*") ?? [];
  return readdirSync(join(ROOT, dirname(path))).some(
    (name) => name.startsWith(before) && name.endsWith(after),
  );
}

it("SECURITY.md names a test for every promise, and each is there", () => {
  const table = read("SECURITY.md")
    .split("\n")
    .filter((line) => /^\| (?!promise|---)/.test(line));
  expect(table.length).toBeGreaterThan(10);
  for (const row of table) {
    const named = [...row.matchAll(/`((?:test|packages)\/[^`]+)`/g)].map((match) => match[1] ?? "");
    expect(named.length, row).toBeGreaterThan(0);
    expect(
      named.filter((path) => !leadsSomewhere(path)),
      row,
    ).toEqual([]);
  }
});

it.each(DOCUMENTS)("the links of %s lead somewhere", (file) => {
  const links = [...read(file).matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(file), link)))).toEqual([]);
});

it("README.md shows commands that there are", () => {
  const commands = readdirSync(join(ROOT, "packages/cli/src/commands")).map((file) =>
    file.replace(/(?:-[a-z]+)?\.ts$/, ""),
  );
  const shown = [...read("README.md").matchAll(/^(?:# |.*\* {2})agent ([a-z]+)/gm)].map(
    (match) => match[1] ?? "",
  );
  expect(shown.length).toBeGreaterThan(4);
  expect(shown.filter((command) => !commands.includes(command))).toEqual([]);
});

it("README.md takes ten commands at most from a clone to a job that has its password", () => {
  const commands = installCommands();
  expect(commands.length).toBeGreaterThan(4);
  expect(commands.length).toBeLessThanOrEqual(10);
  // one command a line, and the job itself: nothing is hidden behind && or a semicolon
  expect(commands.filter((line) => /&&|;(?! do | done)/.test(line))).toEqual([]);
});
