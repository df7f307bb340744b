/** The figures in SECURITY.md are those that were measured: the table is what the script makes of test/figures.json. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Results, table, withBlock } from "../../scripts/figures/render.mjs";
import { ROWS, RUNS } from "../../scripts/figures/rows.mjs";
import * as runs from "../../scripts/figures/runs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const results = JSON.parse(read("test/figures.json")) as Results;
const sources = ROWS.flatMap(({ from }) => from);
const tests = sources.filter((source) => RUNS[source] === undefined);

describe("SECURITY.md", () => {
  it("holds the table that npm run figures makes of test/figures.json", () => {
    const document = read("SECURITY.md");
    expect(withBlock(document, table(results))).toBe(document);
  });

  it("would not, were one figure another", () => {
    for (const [source, { taken, counts }] of Object.entries(results)) {
      const changed = { ...results, [source]: { taken, counts: { ...counts, more: 1 } } };
      expect(table(changed), source).not.toBe(table(results));
    }
  });
});

it("each figure belongs to a row, and each row to tests that give figures", () => {
  expect(Object.keys(results).filter((source) => !sources.includes(source))).toEqual([]);
  expect(tests.filter((file) => results[file] === undefined)).toEqual([]);
  const silent = tests.filter((file) => !/annotate/i.test(read(file)));
  expect(silent).toEqual([]);
  expect(
    Object.values(RUNS).filter(({ test }) => test !== undefined && !existsSync(join(ROOT, test))),
  ).toEqual([]);
});

it("a test that annotates a figure is heard, and by it alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-figures-test-"));
  try {
    const found = join(folder, "found.json");
    const test = "packages/agent/src/vault/fuzz-header.test.ts";
    const { NODE_OPTIONS: _options, NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/vitest/vitest.mjs", "run", "--reporter=scripts/figures/reporter.mjs", test],
      { cwd: ROOT, env: { ...env, SOTTO_FIGURES: found }, encoding: "utf8" },
    );
    expect(status, stdout + stderr).toBe(0);
    expect(JSON.parse(readFileSync(found, "utf8"))).toEqual({
      [test]: { "changed headers": 20_000, "files of random bytes": 20_000 },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("longer runs", () => {
  const taken = { date: "2026-01-02", version: "0.1.0 (abcdef0)", node: "20.20.2", cores: 2, memoryGiB: 8 };

  it("are told with their figures, and say so where there are none", () => {
    const soak = runs.soak({
      minutes: 60,
      outcomes: { ok: 179_000, denied: 1_000, "bad-reply": 2 },
      p99Ms: 3.456,
      rssSlopeMiBPerHour: 0.123,
      descriptors: { before: 30, after: 31 },
    });
    const text = table({ soak: { taken, counts: soak } });
    expect(text).toContain(
      "60 minutes, 180,002 requests, 2 unexpected answers, 0.12 MiB more an hour, 1 descriptors more",
    );
    expect(text).toContain("not run yet");
    expect(text).toContain("Measured on 2026-01-02, version 0.1.0 (abcdef0), Node 20.20.2, 2 cores, 8 GiB");
  });

  it("of the fuzzer, of breaks, of mutants and of the index are counted", () => {
    const target = { target: "header", executions: 1_000_000, seconds: 300, findings: 0 };
    expect(runs.fuzz({ targets: [target, { ...target, target: "rule", findings: 1 }] })).toEqual({
      "executions of the target header": 1_000_000,
      "executions of the target rule": 1_000_000,
      minutes: 10,
      findings: 1,
    });
    expect(Object.values(runs.prove({ red: 40, green: 1 }))).toEqual([40, 1]);
    const areas = { protocol: { mutants: 300, noticed: 270 }, vault: { mutants: 100, noticed: 90 } };
    expect(Object.values(runs.mutation({ areas }))).toEqual([400, 360, 90]);
    const index = "- **B1** x: `a`\n- **B2** y: **no test yet**\n- **B3** z: not testable here: no\n";
    expect(Object.values(runs.behaviour({ titles: { 1: "x", 2: "y", 3: "z" } }, index))).toEqual([3, 1]);
  });
});
