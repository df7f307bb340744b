import { table } from "../output/table.ts";
import type { Result } from "./check.ts";
import type { Checked } from "./examine.ts";

const COLOURS: Readonly<Record<Result, number>> = { ok: 32, warn: 33, fail: 31 }; // green, yellow, red

/** One line a check: result, name, what was found, and after an arrow what puts it right. */
export function reportLines(checked: readonly Checked[], coloured: boolean): string {
  const lines = table(
    checked.map(({ result, check, found, remedy }) => [
      result.padEnd(4),
      check,
      remedy === undefined ? found : `${found} -> ${remedy}`,
    ]),
  );
  return coloured ? lines.replace(/^(?:ok|warn|fail)\b/gm, (result) => paint(result as Result)) : lines;
}

const paint = (result: Result): string => `\x1b[${COLOURS[result]}m${result}\x1b[0m`;

/** As `--json` shows them. */
export const reportDocument = (checked: readonly Checked[]): object => ({
  checks: checked.map(({ check, result, found, remedy }) => ({
    check,
    result,
    found,
    remedy: remedy ?? null,
  })),
  ok: isSound(checked),
});

/** True where nothing fails; a warning may stay. */
export const isSound = (checked: readonly Checked[]): boolean =>
  checked.every(({ result }) => result !== "fail");

/** Such as `41 checks: 2 fail, 3 warn`. */
export function summary(checked: readonly Checked[]): string {
  const count = (result: Result): number => checked.filter((one) => one.result === result).length;
  return `${checked.length} checks: ${count("fail")} fail, ${count("warn")} warn`;
}
