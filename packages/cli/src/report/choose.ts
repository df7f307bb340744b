import type { Row } from "./collect.ts";
import { OUTCOMES } from "./outcome.ts";

/** A picture of more strips is no picture, and a page of more marks no small file. */
const MOST_ROWS = 36;
const MOST_MARKS = 1_000;
/** Whoever may ask can be refused under any number of names: so many strips are given to refusals alone. */
const MOST_REFUSED = 14;

/** Which rows the timeline shows. */
export interface Choice {
  /** Those of one job together, the job that fetched most first. */
  readonly shown: readonly Row[];
  /** How many are not shown. */
  readonly left: number;
}

/** Rows with refusals first, as far as there is room for them, then those with the most fetches. */
export function choose(rows: readonly Row[]): Choice {
  const refused = ranked(rows, (row) => row.totals.refused).slice(0, MOST_REFUSED);
  const others = ranked(rows, (row) => row.totals.given + row.totals.unanswered);
  const shown: Row[] = [];
  let room = MOST_MARKS;
  for (const row of new Set([...refused, ...others])) {
    room -= marksOf(row);
    if (room < 0 || shown.length === MOST_ROWS) break;
    shown.push(row);
  }
  return { shown: byJob(shown), left: rows.length - shown.length };
}

/** How many marks a row needs. */
export const marksOf = ({ counts }: Row): number =>
  OUTCOMES.reduce((sum, outcome) => sum + counts[outcome].filter(Boolean).length, 0);

/** Those that have any, the most first. */
const ranked = (rows: readonly Row[], count: (row: Row) => number): Row[] =>
  rows.filter((row) => count(row) > 0).sort((a, b) => count(b) - count(a));

function byJob(rows: readonly Row[]): Row[] {
  const fetches = new Map<string, number>();
  for (const { job, totals } of rows) fetches.set(job.key, (fetches.get(job.key) ?? 0) + totals.given);
  return [...rows].sort(
    (a, b) =>
      (fetches.get(b.job.key) ?? 0) - (fetches.get(a.job.key) ?? 0) ||
      compare(a.job.key, b.job.key) ||
      compare(a.subject, b.subject),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
