/** What `npm pack` would publish is whole, and holds nothing that is of no use to who installs it. */
import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly man?: readonly string[];
  readonly exports?: unknown;
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Every path that a value of `exports` leads to. */
const leaves = (value: unknown): string[] =>
  typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(leaves);

async function npm(...args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { status, stdout, stderr } = await runCommand("npm", ["--prefix", ROOT, ...args], { env });
  expect(status, stderr).toBe(0);
  return stdout.toString();
}

beforeAll(() => npm("run", "--silent", "man"));

it.each(["client", "agent", "cli"])("packages/%s", async (name) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "packages", name, "package.json"), "utf8")) as Manifest;
  const packed = await npm("pack", "--dry-run", "--json", "--silent", `--workspace=packages/${name}`);
  const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const documents = manifest.files.filter((one) => one.endsWith(".md"));
  const needed = [
    ...Object.values(manifest.bin ?? {}),
    ...(manifest.man ?? []),
    ...leaves(manifest.exports),
    ...documents,
    "package.json",
    "LICENSE",
  ].map((path) => path.replace(/^\.\//, ""));
  expect(needed.length).toBeGreaterThan(2);
  expect(needed.filter((path) => !paths.includes(path))).toEqual([]);
  const licences = [ROOT, join(ROOT, "packages", name)].map((at) =>
    readFileSync(join(at, "LICENSE"), "utf8"),
  );
  expect(licences[1]).toBe(licences[0]);
  expect(
    paths.filter((path) => /\.test\.|^src\/|node_modules|tsbuildinfo|\.ts$(?<!\.d\.ts)/.test(path)),
  ).toEqual([]);
});

it.each([
  ["agent", "mjs"],
  ["cli", "cjs"],
])("what is bundled in packages/%s asks for what its own manifest names", (name, ending) => {
  const folder = join(ROOT, "packages", name);
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const files = readdirSync(join(folder, "dist")).filter((file) => file.endsWith(`.${ending}`));
  const texts = files.map((file) => readFileSync(join(folder, "dist", file), "utf8"));
  const asked = texts.flatMap((text) => [
    ...text.matchAll(/(?:^import [^;]*? from |\bimport\(|\b(?:__)?require\()["'`]([^."'`][^"'`]*)["'`]/gm),
  ]);
  const packages = asked.map(([, id = ""]) => /^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? id);
  const others = [...new Set(packages)].filter((id) => !isBuiltin(id));
  expect(others.length).toBeGreaterThan(2);
  expect(others.filter((id) => dependencies?.[id] === undefined)).toEqual([]);
});
