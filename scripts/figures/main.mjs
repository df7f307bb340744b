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
import { parseArgs } from "node:util";
import { table, withBlock } from "./render.mjs";
import { ROWS, RUNS } from "./rows.mjs";
import * as runs from "./runs.mjs";
import { taken } from "./taken.mjs";

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
results.behaviour = {
  taken: taken(new Date()),
  counts: runs.behaviour(
    JSON.parse(read(join(PROJECT, "test/behaviour.json"))),
    read(join(PROJECT, "test/BEHAVIOUR-INDEX.md")),
  ),
};
writeFileSync(RESULTS, `${JSON.stringify(results, sorted, 2)}\n`);
writeFileSync(SECURITY, withBlock(read(SECURITY), table(results)));

/** The file is as old as the run. */
function takeIn(name, file) {
  const result = JSON.parse(read(file));
  results[name] = { taken: taken(statSync(file).mtime, result.node), counts: runs[name](result) };
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

/** Sources in order of their names, so that a run changes what it has measured and no line more. */
function sorted(key, value) {
  if (key !== "") return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
