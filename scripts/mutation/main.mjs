/**
 * `npm run test:mutation [-- --area protocol|access|vault|state]`: changes the code in one place after the other, and the
 * unit tests of its area must notice. Prints the score of each area and what survived, writes the scores to
 * test/mutation.json, and exits 1 where less than 85 of a hundred changes were noticed.
 *
 * `--fresh` takes nothing over from the run before. The report of each area is .cache/mutation/AREA/report.html; all that
 * have been made are together in .cache/mutation/report.json, for `npm run figures -- --mutation`.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AREAS, TOOLS } from "./areas.mjs";

const LEAST_SCORE = 85;
const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = join(PROJECT, "test/mutation.json");
const tools = join(PROJECT, TOOLS, "tools");
const { area, fresh } = parseArgs({
  options: { area: { type: "string" }, fresh: { type: "boolean", default: false } },
}).values;
if (area !== undefined && !(area in AREAS)) throw new Error(`no such area: ${area}`);

install();
const scores = (area === undefined ? Object.keys(AREAS) : [area]).map(measure);
keepOneReport();
process.exitCode = scores.every((score) => score >= LEAST_SCORE) ? 0 : 1;

/** Beside the project and not among its packages: nobody else needs them, and they are many. */
function install() {
  mkdirSync(tools, { recursive: true });
  const lock = join(PROJECT, "scripts/mutation/package-lock.json");
  const installed = join(tools, "package-lock.json");
  if (read(installed) === read(lock)) return;
  cpSync(join(PROJECT, "scripts/mutation/package.json"), join(tools, "package.json"));
  cpSync(lock, installed);
  const { status } = run("npm", ["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"], {
    cwd: tools,
  });
  if (status !== 0) {
    writeFileSync(installed, "");
    throw new Error("the tools could not be installed");
  }
}

/** Returns the score: of a hundred changes, how many were noticed. */
function measure(name) {
  const stryker = join(tools, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const { status } = run("nice", [process.execPath, stryker, "run", "scripts/mutation/stryker.config.mjs"], {
    cwd: PROJECT,
    env: {
      MUTATION_AREA: name,
      MUTATION_DERIVATIONS: join(PROJECT, TOOLS, "derivations"),
      ...(fresh && { MUTATION_FRESH: "1" }),
    },
  });
  if (status !== 0) throw new Error(`${name}: the changes could not be tried`);
  const { files } = JSON.parse(readFileSync(join(PROJECT, TOOLS, name, "report.json"), "utf8"));
  for (const [file, { mutants }] of Object.entries(files)) tellSurvivors(file, mutants);
  const result = judge(Object.values(files).flatMap(({ mutants }) => mutants));
  record(name, result);
  console.log(`${name}: ${result.score} % of ${result.mutants} changes were noticed`);
  return result.score;
}

function keepOneReport() {
  const reports = Object.keys(AREAS).map((name) => read(join(PROJECT, TOOLS, name, "report.json")));
  const files = reports.map((text) => (text === undefined ? {} : JSON.parse(text).files));
  writeFileSync(join(PROJECT, TOOLS, "report.json"), JSON.stringify({ files: Object.assign({}, ...files) }));
}

function tellSurvivors(file, mutants) {
  for (const { status, location, mutatorName, replacement = "" } of mutants)
    if (status === "Survived" || status === "NoCoverage")
      console.log(`${file}:${location.start.line} ${mutatorName}: ${replacement.split("\n")[0]}`);
}

function judge(mutants) {
  const count = (...of) => mutants.filter(({ status }) => of.includes(status)).length;
  const [noticed, survived] = [count("Killed", "Timeout"), count("Survived", "NoCoverage")];
  const all = noticed + survived;
  return { score: Math.floor((noticed / all) * 1000) / 10, mutants: all, noticed, survived };
}

/** Keeps the results of the other areas. */
function record(name, result) {
  const results = { least: LEAST_SCORE, areas: {}, ...JSON.parse(read(RESULTS) ?? "{}") };
  results.areas[name] = { ...result, date: new Date().toISOString().slice(0, 10) };
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Without what a developer's shell may have set. */
function run(command, args, { cwd, env }) {
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...clean } = process.env;
  return spawnSync(command, args, { cwd, env: { ...clean, ...env }, stdio: "inherit" });
}
