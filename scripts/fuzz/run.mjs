/** One run of the fuzzer on one target. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CACHE } from "./engine.mjs";
import { emptyFolder, gather, spread } from "./corpus.mjs";
import { ASYNCHRONOUS } from "./targets.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const MAX_BYTES = 4200; // a vault's header of sixteen slots, and the byte before it
const OWN_CODE = ["packages/client/dist", "packages/agent/dist"].flatMap((folder) => ["-i", folder]);

/**
 * Fuzzes for some seconds. What is new stays in `folder`.
 * @param job `{ engine, target, folder, seconds, plant? }`
 * @returns `{ executions, seconds, edges, found? }`; `found` is `{ why, bytes }`
 */
export async function fuzzTarget(job) {
  const artifacts = mkdtempSync(join(CACHE, "artifacts-"));
  try {
    const options = [
      `-max_total_time=${String(job.seconds)}`,
      `-artifact_prefix=${artifacts}/`,
      "-timeout=20",
      `-dict=${here("words.dict")}`,
    ];
    const { status, output } = await jazzer(job, [job.folder], options);
    const [crash] = readdirSync(artifacts);
    if (status !== 0 && crash === undefined) throw new Error(`the fuzzer failed:\n${output.slice(-4000)}`);
    const why = /Finding: (.*)/.exec(output)?.[1] ?? "see what the fuzzer says";
    return {
      ...statistics(output),
      ...(crash !== undefined && { found: { why, bytes: readFileSync(join(artifacts, crash)) } }),
    };
  } finally {
    rmSync(artifacts, { recursive: true });
  }
}

/** The fewest inputs that reach every edge as often as those in the folder do: by few inputs more, and what they mean. */
export async function minimised({ engine, target, folder }) {
  const fewest = emptyFolder(join(CACHE, `fewest-${target}`));
  const options = ["-merge=1"];
  const { status, output } = await jazzer({ engine, target }, [fewest, folder], options);
  if (status !== 0) throw new Error(`the corpus could not be merged:\n${output.slice(-4000)}`);
  return gather(fewest);
}

/** A folder of inputs for a run. */
export function startingWith(name, inputs) {
  const folder = join(CACHE, "corpus", name);
  spread(folder, inputs);
  return folder;
}

/** What it prints goes through a file: of a pipe that is full for a moment, libFuzzer would lose a part. */
async function jazzer({ engine, target, plant }, folders, options) {
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const args = [
    ...["--import", here("argv.mjs"), engine.cli, here("entry.mjs"), ...folders],
    ...[
      ...(ASYNCHRONOUS.includes(target) ? [] : ["--sync"]),
      "--disableBugDetectors",
      ".*",
      ...OWN_CODE,
      "-e",
      "node_modules",
      "--",
    ],
    ...options,
    `-max_len=${String(MAX_BYTES)}`,
    "-print_final_stats=1",
  ];
  const own = { SOTTO_FUZZ_NODE: engine.node, SOTTO_FUZZ_TARGET: target };
  const log = join(CACHE, `${target}.log`);
  const file = openSync(log, "w");
  const child = spawn(engine.node, args, {
    cwd: CACHE,
    env: { ...env, ...own, ...(plant && { SOTTO_FUZZ_PLANT: plant }) },
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  const [status] = await once(child, "close");
  return { status, output: readFileSync(log, "utf8") };
}

/** Edges are 0 where it ended before it had looked at any. */
function statistics(output) {
  const last = (pattern, otherwise) => {
    const found = [...output.matchAll(pattern)].at(-1)?.[1] ?? otherwise;
    if (found === undefined)
      throw new Error(`the fuzzer says nothing of what it did:\n${output.slice(-4000)}`);
    return Number(found);
  };
  return {
    executions: last(/stat::number_of_executed_units:\s*(\d+)/g),
    seconds: last(/Done \d+ runs in (\d+) second/g),
    edges: last(/ cov: (\d+)/g, 0),
  };
}
