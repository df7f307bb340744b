/**
 * `npm run bench`: what Sotto costs, as ratios to something measured in the same run. Prints a table, or JSON with
 * `--json`. It judges nothing: the limits stand beside the figures.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchFetch } from "./fetch.mjs";
import { benchRules } from "./rules.mjs";
import { benchScale } from "./scale.mjs";

const folder = mkdtempSync(join(tmpdir(), "sotto-bench-"));
try {
  const results = {
    node: process.version,
    fetch: await benchFetch(folder),
    rules: await benchRules(folder),
    scale: await benchScale(folder),
  };
  if (process.argv.includes("--json")) console.log(JSON.stringify(results, null, 2));
  else for (const rows of [results.fetch, results.rules, results.scale]) console.table(rows.map(rounded));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function rounded(row) {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toFixed(2)) : value,
    ]),
  );
}
