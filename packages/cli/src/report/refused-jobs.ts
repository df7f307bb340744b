import type { Refusal } from "./collect.ts";
import type { Job } from "./job.ts";

/** All refusals of one job. */
export interface RefusedJob {
  readonly job: Job;
  readonly count: number;
  /** What it was refused: secrets, or verbs. */
  readonly subjects: readonly string[];
  readonly last: number;
}

/** The jobs that were refused anything, the most often refused first. */
export function refusedJobs(refusals: readonly Refusal[]): RefusedJob[] {
  const jobs = new Map<string, RefusedJob>();
  for (const { job, subject, verb, count, last } of refusals) {
    const before = jobs.get(job.key);
    jobs.set(job.key, {
      job,
      count: count + (before?.count ?? 0),
      subjects: [...new Set([...(before?.subjects ?? []), subject === "" ? verb : subject])].sort(),
      last: Math.max(last, before?.last ?? last),
    });
  }
  return [...jobs.values()].sort((a, b) => b.count - a.count);
}
