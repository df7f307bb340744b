import type { Job } from "./job.ts";

const MINUTE_MS = 60_000;
/** Fetches closer together belong to one run of the job. */
const ONE_RUN_MS = MINUTE_MS;
const ENOUGH_RUNS = 4;
const SHORTEST_SILENCE_MS = 60 * MINUTE_MS;
const TIMES_LONGER = 2;

/** How often a job fetches anything. Times are milliseconds since 1970, spans milliseconds. */
export interface Pace {
  readonly job: Job;
  readonly fetches: number;
  readonly runs: number;
  readonly first: number;
  readonly last: number;
  /** The longest time between two runs. */
  readonly longestPause: number;
}

/** `stopped`: silent for much longer than ever before. `unknown`: too few runs to tell. */
export type Regularity = "stopped" | "regular" | "unknown";

/** The rule, in the words of the page. */
export const RULE =
  "A job counts as stopped when it has been silent for more than twice the longest pause that it made between two " +
  "earlier runs of this period, and for at least an hour. Fetches less than a minute apart are one run; with fewer " +
  "than four runs nothing is concluded.";

/** The pace after another fetch. The wall clock may have been set back: a pause is never negative. */
export function paced(before: Pace | undefined, job: Job, time: number): Pace {
  if (before === undefined) return { job, fetches: 1, runs: 1, first: time, last: time, longestPause: 0 };
  const pause = Math.max(0, time - before.last);
  return {
    ...before,
    fetches: before.fetches + 1,
    runs: before.runs + (pause > ONE_RUN_MS ? 1 : 0),
    last: Math.max(time, before.last),
    longestPause: Math.max(before.longestPause, pause),
  };
}

/** Judges a job at the end of the period. */
export function regularity({ runs, last, longestPause }: Pace, end: number): Regularity {
  if (runs < ENOUGH_RUNS) return "unknown";
  const silence = end - last;
  return silence > TIMES_LONGER * longestPause && silence > SHORTEST_SILENCE_MS ? "stopped" : "regular";
}

/** The average time between two runs. */
export const interval = ({ runs, first, last }: Pace): number => (runs < 2 ? 0 : (last - first) / (runs - 1));
