/**
 * `npm run bench`: what Sotto costs, beside other agents and beside its own limits, all measured in the same run. Prints
 * tables, and keeps every figure under bench/results. It judges nothing: the targets stand beside the figures.
 *
 * `--json` prints JSON instead; `--write` puts the tables into docs/PERFORMANCE.md too; `--only NAME` runs one part.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAudit } from "./audit.mjs";
import { benchPeers } from "./compare.mjs";
import { benchFetch } from "./fetch.mjs";
import { circumstances, keep, print, row, writeDocument } from "./report.mjs";
import { benchRules } from "./rules.mjs";
import { benchScale } from "./scale.mjs";
import { benchDefault, benchHuge, benchSize } from "./size.mjs";
import { benchStart } from "./start.mjs";

const PARTS = {
  peers: benchPeers,
  echo: async (folder) => (await benchFetch(folder)).map(fromEcho),
  rules: async (folder) => (await benchRules(folder)).map(fromLimit("rules and audit")),
  audit: benchAudit,
  size: benchSize,
  default: benchDefault,
  scale: async (folder) => (await benchScale(folder)).map(fromLimit("10,000 secrets")),
  huge: benchHuge,
  start: benchStart,
};
const { values: options } = parseArgs({
  options: { json: { type: "boolean" }, write: { type: "boolean" }, only: { type: "string" } },
});

const folder = mkdtempSync(join(tmpdir(), "sotto-bench-"));
try {
  const rows = [];
  for (const [name, part] of Object.entries(PARTS))
    if ((options.only ?? name) === name) rows.push(...(await attempt(name, () => part(folder))));
  const results = { when: circumstances(), rows };
  keep(results);
  if (options.write) writeDocument(results.when, rows);
  if (options.json) console.log(JSON.stringify(results, null, 2));
  else print(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A part that cannot run says why, and the others run. */
async function attempt(name, part) {
  try {
    return await part();
  } catch (error) {
    return [row("not measured", name, { note: error.message.split("\n")[0] })];
  }
}

function fromEcho({ what, "sotto us": value, ratio, limit }) {
  return row("beside a bare echo, by the library", what, {
    value,
    unit: "us",
    ratio,
    of: "a bare net echo",
    target: limit,
  });
}

function fromLimit(section) {
  return ({ what, value, limit }) => row(section, what, { value, target: limit });
}
