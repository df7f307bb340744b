/**
 * `npm run prove`: shows that the suite can fail. Each entry of test/sabotage.json breaks the code in one place, in a copy
 * of the project, and the named test must go red. Prints a line an entry; exits 1 when a test stays green.
 * `npm run prove -- WORD` takes only the entries whose promise or test holds the word; `--json FILE` keeps the counts.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { taken } from "./figures/taken.mjs";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const OWN_SCOPE = "@sotto";
const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const copy = mkdtempSync(join(tmpdir(), "sotto-prove-"));

try {
  copyProject();
  build();
  const chosen = table().filter(({ promise, test }) => `${promise} ${test}`.includes(positionals[0] ?? ""));
  const green = chosen.filter((entry) => !goesRed(entry));
  const counts = { taken: taken(new Date()), red: chosen.length - green.length, green: green.length };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(counts)}\n`);
  console.log(`${String(counts.red)} of ${String(chosen.length)} went red`);
  process.exitCode = green.length > 0 || chosen.length === 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function table() {
  return JSON.parse(readFileSync(join(PROJECT, "test/sabotage.json"), "utf8"));
}

/** The files of the project as they are now, with its own packages beside the installed ones. */
function copyProject() {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name !== "")) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    cpSync(join(PROJECT, file), join(copy, file));
  }
  const modules = join(copy, "node_modules");
  mkdirSync(join(modules, OWN_SCOPE), { recursive: true });
  for (const name of readdirSync(join(PROJECT, "node_modules")))
    if (name !== OWN_SCOPE && name !== ".vite")
      symlinkSync(join(PROJECT, "node_modules", name), join(modules, name));
  for (const name of readdirSync(join(copy, "packages")))
    symlinkSync(join(copy, "packages", name), join(modules, OWN_SCOPE, name));
}

/** What is left unused by a break is no error here; the code is made all the same. */
function build() {
  const { stdout } = run(["node_modules/typescript/bin/tsc", "-b"]);
  const errors = stdout
    .split("\n")
    .filter((line) => line.includes(" error TS") && !line.includes(" error TS6133"));
  if (errors.length > 0) throw new Error(`the copy does not build:\n${errors.join("\n")}`);
}

function goesRed({ promise, file, from, to, test }) {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  try {
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    build();
    const { status } = run(["node_modules/vitest/vitest.mjs", "run", "--retry=0", test]);
    console.log(`${status === 0 ? "STILL GREEN" : "red"}  ${promise} (${test})`);
    return status !== 0;
  } finally {
    writeFileSync(path, text);
  }
}

function run(args) {
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  return spawnSync(process.execPath, args, { cwd: copy, env, encoding: "utf8" });
}
