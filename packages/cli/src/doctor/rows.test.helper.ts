import { expect, it, test } from "vitest";
import type { Check, Result } from "./check.ts";
import { HOME, Seeded } from "./fake-machine.test.helper.ts";

/** Puts one thing wrong, or right. */
export type Seed = (seeded: Seeded) => unknown;

/** One misconfiguration: the check, what is seeded, and what it must say; without a remedy exactly when it is ok. */
export type Row = readonly [
  check: string,
  what: string,
  seed: Seed,
  result: Result,
  found: RegExp,
  remedy?: RegExp,
];

/** A file with this text. */
export const text =
  (path: string, content: string): Seed =>
  ({ machine }) =>
    machine.file(path, content);

export const inHome = (name: string): string => `${HOME}/${name}`;

/** Swap devices, as /proc tells them. */
export const swaps = (...lines: readonly string[]): Seed =>
  text("/proc/swaps", ["Filename Type Size Used Priority", ...lines].join("\n"));

/** Runs each row on a machine with nothing else wrong, and makes sure that no check of the group was left out. */
export function describeChecks(checks: readonly Check[], rows: readonly Row[]): void {
  for (const [check, what, seed, result, found, remedy] of rows) {
    it(`${check}: ${what}: ${result}`, () => {
      const seeded = new Seeded();
      seed(seeded);
      const finding = seeded.run().find((one) => one.check === check);
      expect(finding).toMatchObject({ result, found: expect.stringMatching(found) as string });
      if (remedy === undefined) expect(finding).not.toHaveProperty("remedy");
      else expect(finding?.remedy).toMatch(remedy);
    });
  }

  test("each check of this group is seen to complain", () => {
    const complained = new Set(rows.filter(([, , , result]) => result !== "ok").map(([check]) => check));
    expect(checks.map(({ name }) => name).filter((name) => !complained.has(name))).toEqual([]);
  });
}
