/**
 * `npm run fuzz -- [--seconds N] [--target header|vault|payload|rule] [--keep] [--json FILE] [--planted]`: fuzzes the
 * parsers with coverage to guide it, each target N seconds (60 unless told), from the corpus in test/fuzz. Prints a line a
 * target; exits 1 when something was found, which is then a vector in test/vectors/findings. `--keep` makes the corpus anew:
 * the fewest inputs that reach what was reached. `--planted` breaks the code instead, and exits 1 where that is not found.
 */
import { rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { taken } from "../figures/taken.mjs";
import { findings, keep, keepFinding, keptInputs } from "./corpus.mjs";
import { prepareEngine } from "./engine.mjs";
import { PLANTS } from "./plants.mjs";
import { fuzzTarget, minimised, startingWith } from "./run.mjs";
import { seeds } from "./seeds.mjs";
import { NAMES } from "./targets.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    target: { type: "string" },
    keep: { type: "boolean", default: false },
    planted: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const targets = values.target === undefined ? NAMES : [values.target];
if (!targets.every((name) => NAMES.includes(name))) throw new Error(`--target: one of ${NAMES.join(", ")}`);
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error("--seconds: a number above 0");

const engine = prepareEngine();
if (values.planted) process.exitCode = (await findPlanted()) ? 0 : 1;
else process.exitCode = (await fuzzAll()) ? 0 : 1;

async function fuzzAll() {
  const results = [];
  for (const target of targets) results.push(await fuzzOne(target));
  if (values.json !== undefined)
    writeFileSync(
      values.json,
      `${JSON.stringify({ taken: taken(new Date()), targets: results }, null, 2)}\n`,
    );
  return results.every((one) => one.findings === 0);
}

async function fuzzOne(target) {
  const known = findings().filter((one) => one.target === target);
  const inputs = [...keptInputs(target), ...seeds()[target], ...known.map(({ bytes }) => bytes)];
  const folder = startingWith(target, inputs);
  const { found, ...statistics } = await fuzzTarget({ engine, target, folder, seconds });
  if (found)
    console.error(
      `fuzz: ${target}: ${found.why}\nfuzz: kept as ${keepFinding(target, found.bytes, found.why)}`,
    );
  else if (values.keep) keep(target, await minimised({ engine, target, folder }));
  const result = { target, ...statistics, inputs: keptInputs(target).length, findings: found ? 1 : 0 };
  const { executions, edges } = result;
  console.log(
    `${target}: ${String(executions)} executions in ${String(result.seconds)} s, ${String(edges)} edges, ${String(result.findings)} findings`,
  );
  return result;
}

/** From nothing but the seeds, so that it is the search that finds it. */
async function findPlanted() {
  let all = true;
  for (const target of targets)
    for (const [plant, [what]] of PLANTS[target].entries()) {
      const folder = startingWith(`planted-${target}`, seeds()[target]);
      const { found } = await fuzzTarget({ engine, target, folder, seconds, plant: String(plant) });
      rmSync(folder, { recursive: true });
      console.log(`${found ? "found" : "NOT FOUND"}  ${target}: ${what}`);
      all &&= found !== undefined;
    }
  return all;
}
