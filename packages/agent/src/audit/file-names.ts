import { lstatSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

const DIGITS = 6;
const ROTATED = /^audit-([0-9]{6,15})\.jsonl$/;

/** The file that number `number` becomes when it is rotated, beside the present one. */
export const rotatedPath = (present: string, number: number): string =>
  join(dirname(present), `audit-${String(number).padStart(DIGITS, "0")}.jsonl`);

/** The numbers of the rotated files beside the present one, ascending. */
export function rotatedNumbers(present: string): number[] {
  const numbers = readdirSync(dirname(present)).flatMap((name) => {
    const digits = ROTATED.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.sort((a, b) => a - b);
}

/** The highest of them; 0 when there are none. */
export const highestNumber = (present: string): number => rotatedNumbers(present).at(-1) ?? 0;

/**
 * Gives the present file the name of its number. Where somebody has put a file of that name it becomes the next free
 * number: nothing is ever written over. Throws what rename(2) is refused with.
 */
export function setAside(present: string, number: number): void {
  const wanted = rotatedPath(present, number);
  const free = lstatSync(wanted, { throwIfNoEntry: false }) === undefined;
  renameSync(present, free ? wanted : rotatedPath(present, highestNumber(present) + 1));
}
