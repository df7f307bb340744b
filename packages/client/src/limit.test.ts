import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Limit } from "./limit.ts";
import type { SottoError } from "./sotto-error.ts";

it.each([-0.25, 0, 1])("a limit of %d ms is over at once, and node finds nothing to warn of", async (ms) => {
  const warnings: Error[] = [];
  const warned = (warning: Error): unknown => warnings.push(warning);
  process.on("warning", warned);
  const error = await new Promise<SottoError>((resolve) => new Limit(ms, undefined, resolve));
  await sleep(1);
  process.off("warning", warned);
  expect(error.code).toBe("timeout");
  expect(warnings).toEqual([]);
});

it("a limit without an end does not end, nor one that was cleared, nor one of a month", async () => {
  const ended: SottoError[] = [];
  const limits = [Infinity, 5, 31 * 86_400_000].map(
    (ms) => new Limit(ms, undefined, (one) => ended.push(one)),
  );
  limits[1]?.clear();
  await sleep(20);
  for (const limit of limits) limit.clear();
  expect(ended).toEqual([]);
});
