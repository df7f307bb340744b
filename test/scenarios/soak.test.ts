import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { slopePerHour } from "../../scripts/soak/readings.mjs";
import { failures, type SoakResult } from "../../scripts/soak/tally.mjs";
import { runCommand } from "../support/command.ts";

const SOAK = fileURLToPath(new URL("../../scripts/soak/main.mjs", import.meta.url));

it("B126: under mixed load nothing unexpected is answered, and descriptors do not pile up (an hour: npm run soak)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-soak-test-"));
  try {
    const file = join(folder, "result.json");
    const args = [SOAK, "--minutes", "0.6", "--rate", "40", "--json", file];
    const { status, stderr } = await runCommand(process.execPath, args, {
      env: { PATH: process.env["PATH"] ?? "" },
      timeoutMs: 110_000,
    });
    expect([status, stderr]).toEqual([0, ""]);
    const { outcomes } = JSON.parse(readFileSync(file, "utf8")) as SoakResult;
    expect(outcomes["ok"]).toBeGreaterThan(300);
    expect(outcomes["cycle"]).toBeGreaterThanOrEqual(2);
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(["malformed", "denied", "names"]));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const good: SoakResult = {
  minutes: 60,
  outcomes: { ok: 100, locked: 3 },
  p99Ms: 5,
  rssSlopeMiBPerHour: 0.2,
  descriptors: { before: 30, after: 30 },
};

it("B126: a run that went wrong is told", () => {
  expect(failures(good)).toEqual([]);
  expect(failures({ ...good, outcomes: { ok: 100, "bad-reply": 1 } })).toEqual(["bad-reply: 1 times"]);
  expect(failures({ ...good, outcomes: { ok: 9, cycle: 1, "broken off": 4 } })).toEqual([
    "connections were broken off",
  ]);
  expect(failures({ ...good, outcomes: {} })).toEqual(["nothing was fetched"]);
  expect(failures({ ...good, rssSlopeMiBPerHour: 2 })).toEqual(["memory grows"]);
  expect(failures({ ...good, minutes: 1, rssSlopeMiBPerHour: 2 })).toEqual([]);
  expect(failures({ ...good, descriptors: { before: 30, after: 31 } })).toEqual([
    "descriptors have piled up",
  ]);
  expect(failures({ ...good, p99Ms: 40 })).toEqual(["slow"]);
});

it("B126: growth is read off a line through all samples", () => {
  const samples = [0, 1, 2, 3].map((hour) => ({ ms: hour * 3_600_000, mib: 70 + 1.5 * hour }));
  expect(slopePerHour(samples)).toBeCloseTo(1.5);
  expect(slopePerHour([])).toBe(0);
});
