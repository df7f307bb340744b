/** Whatever a vault holds for a rule, it is read as it stands there or refused with a reason; what is read decides without an error. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { TARGETS } from "../../scripts/fuzz/targets.mjs";
import { asBytes, RUNS } from "../support/edited.ts";
import { ruleFields } from "../support/rule-arbitrary.ts";

it(
  `B96: ${String(RUNS)} rules are read as they stand there, or refused`,
  { timeout: 900_000 },
  async ({ annotate }) => {
    const target = TARGETS.rule();
    const seen: Record<string, number> = {};
    const property = fc.asyncProperty(asBytes(ruleFields), async (bytes) => {
      const outcome = await target(bytes);
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(seen["accept"], "rules that are read").toBeGreaterThan(RUNS / 20);
    expect(seen["schema"], "rules that are refused").toBeGreaterThan(RUNS / 20);
    await annotate(`${String(RUNS)} rules that are right or wrong`, "figure");
  },
);
