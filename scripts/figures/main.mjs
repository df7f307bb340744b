/**
 * `npm run figures`: runs the tests that give figures (KILLS=10000 and SLOW=1 make it more of them), puts the figures into
 * test/figures.json and the table of them into SECURITY.md. `npm run figures -- FILE...` runs these tests only.
 * `--fuzz FILE`, `--soak FILE`, `--prove FILE` and `--mutation FILE` take in the results of longer runs instead of running
 * tests; `--write` only makes the table anew.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { table, withBlock } from "./render.mjs";
import { ROWS, RUNS } from "./rows.mjs";
import * as runs from "./runs.mjs";
import { packageVersion, taken } from "./taken.mjs";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = join(PROJECT, "test/figures.json");
const SECURITY = join(PROJECT, "SECURITY.md");
const TAKEN_IN = ["fuzz", "soak", "prove", "mutation"];
const read = (file) => readFileSync(file, "utf8");

const { values, positionals } = parseArgs({
  options: {
    ...Object.fromEntries(TAKEN_IN.map((name) => [name, { type: "string" }])),
    write: { type: "boolean" },
  },
  allowPositionals: true,
});

const results = JSON.parse(read(RESULTS));
for (const name of TAKEN_IN) if (values[name] !== undefined) takeIn(name, values[name]);
if (Object.keys(values).length === 0) runTests(positionals.length > 0 ? positionals : testsWithFigures());
countBehaviours();
const ordered = Object.fromEntries(Object.entries(results).sort(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync(RESULTS, `${JSON.stringify(ordered, null, 2)}\n`);
writeFileSync(SECURITY, withBlock(read(SECURITY), table(ordered)));

/** What stays as it was counted before keeps its date. */
function countBehaviours() {
  const [catalogue, index] = ["test/behaviour.json", "test/BEHAVIOUR-INDEX.md"].map((file) =>
    read(join(PROJECT, file)),
  );
  const counts = runs.behaviour(JSON.parse(catalogue), index);
  if (!isDeepStrictEqual(counts, results.behaviour?.counts))
    results.behaviour = { taken: taken(new Date()), counts };
}

/** A result says itself when and on what it was taken; else the file is as old as the run, and of no commit that is known. */
function takeIn(name, file) {
  const result = JSON.parse(read(file));
  const unknown = { ...taken(statSync(file).mtime, result.node), version: packageVersion() };
  results[name] = { taken: result.taken ?? unknown, counts: runs[name](result) };
}

function runTests(files) {
  const folder = mkdtempSync(join(tmpdir(), "sotto-figures-"));
  try {
    const found = join(folder, "figures.json");
    const args = [
      "vitest",
      "run",
      "--retry=0",
      "--reporter=default",
      "--reporter=scripts/figures/reporter.mjs",
    ];
    const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
    const { status } = spawnSync("npx", [...args, ...files], {
      cwd: PROJECT,
      env: { KILLS: "200", ...env, SOTTO_FIGURES: found },
      stdio: "inherit",
    });
    const when = taken(new Date());
    const counted = Object.entries(JSON.parse(read(found)));
    for (const [file, counts] of counted) results[file] = { taken: when, counts };
    const silent = files.filter((file) => !counted.some(([name]) => name === file));
    if (silent.length > 0) console.error(`figures: nothing new of ${silent.join(", ")}`);
    if (status !== 0 || silent.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function testsWithFigures() {
  return ROWS.flatMap(({ from }) => from).filter((source) => RUNS[source] === undefined);
}
