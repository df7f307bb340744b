/** What the fuzzer has met so far (test/fuzz) goes through the parsers again, and what it once found stays found (test/vectors/findings). */
import { describe, expect, it } from "vitest";
import { findings, keptInputs } from "../../scripts/fuzz/corpus.mjs";
import { PLANTS } from "../../scripts/fuzz/plants.mjs";
import { seeds } from "../../scripts/fuzz/seeds.mjs";
import { NAMES, type Target, TARGETS } from "../../scripts/fuzz/targets.mjs";

/** What is told of a run over inputs: of each outcome how many, and what must never be. */
async function replay(target: Target, inputs: readonly Buffer[]) {
  const outcomes: Record<string, number> = {};
  const found: string[] = [];
  for (const input of inputs) {
    try {
      const outcome = await target(input);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (error) {
      found.push((error as Error).message);
    }
  }
  return { outcomes, found };
}

describe.each(NAMES)("the corpus of the target %s", (name) => {
  const inputs = [...keptInputs(name), ...seeds()[name]];

  it("goes through without a finding, accepted and refused", async () => {
    expect(inputs.length).toBeGreaterThan(15);
    const { outcomes, found } = await replay(TARGETS[name](), inputs);
    expect(found).toEqual([]);
    expect(outcomes["accept"], "accepted").toBeGreaterThan(2);
    expect(inputs.length - (outcomes["accept"] ?? 0), "refused").toBeGreaterThan(5);
  });

  it("is small", () => {
    const kept = keptInputs(name);
    expect(kept.length).toBeLessThan(400);
    expect(kept.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(200_000);
  });

  it.each(PLANTS[name])("finds a planted bug: %s", async (_what, code) => {
    expect((await replay(TARGETS[name](code), inputs)).found).not.toEqual([]);
  });
});

it("what the fuzzer once found is right now", async () => {
  for (const { name, target, why, bytes } of findings()) {
    const { found } = await replay(TARGETS[target](), [bytes]);
    expect(found, `${name}: ${why}`).toEqual([]);
  }
});
