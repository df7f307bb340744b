import type { Fault } from "../audit/walk.ts";
import { FaultWatch } from "../audit/faults.ts";
import { readAudit } from "../audit/read.ts";
import type { AuditRecord } from "../audit/record.ts";
import type { UserNames } from "../audit/users.ts";
import type { Job } from "./job.ts";
import { jobOf } from "./job.ts";
import type { Outcome } from "./outcome.ts";
import { outcomeOf } from "./outcome.ts";
import type { Pace } from "./pace.ts";
import { paced } from "./pace.ts";
import type { Period } from "./period.ts";
import { partOf } from "./period.ts";

/** What one job did with one secret: requests by outcome, in each part of the period. */
export interface Row {
  readonly job: Job;
  /** The secret; the verb, where a request named none. */
  readonly subject: string;
  readonly counts: Readonly<Record<Outcome, Uint32Array>>;
  readonly totals: Record<Outcome, number>;
  readonly first: number;
  last: number;
}

/** Refusals of one kind. */
export interface Refusal {
  readonly job: Job;
  readonly verb: string;
  readonly subject: string;
  readonly result: string;
  readonly first: number;
  last: number;
  count: number;
}

/** The last time that a secret was given out. */
export interface Fetch {
  readonly time: number;
  readonly job: Job;
}

/** What the audit says about a period. All of it is small, however long the audit is. */
export interface Findings {
  readonly period: Period;
  readonly rows: readonly Row[];
  readonly refusals: readonly Refusal[];
  readonly paces: readonly Pace[];
  /** By the name of the secret, also before the period. */
  readonly lastFetches: ReadonlyMap<string, Fetch>;
  /** Requests that are in no row, because there are too many different ones. */
  readonly dropped: number;
  readonly fault: Fault | undefined;
  /** Lines that were read, and the lines among them that are no records. */
  readonly lines: number;
  readonly strays: number;
}

/** Whoever may ask can make up programs and names: so many are told apart, and the rest only counted. */
const MOST_KINDS = 2_000;

/** Reads the whole audit of a home once, and gathers what belongs to the period. */
export function collect(home: string, period: Period, users: UserNames): Findings {
  const collector = new Collector(period, users);
  const watch = new FaultWatch();
  let [lines, strays] = [0, 0];
  for (const line of readAudit(home)) {
    watch.see(line);
    if ("absent" in line) continue;
    lines++;
    if (line.record === undefined) strays++;
    else collector.take(line.record);
  }
  return { ...collector.findings(), period, lines, strays, fault: watch.first };
}

class Collector {
  readonly #period: Period;
  readonly #users: UserNames;
  readonly #rows = new Map<string, Row>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #paces = new Map<string, Pace>();
  readonly #lastFetches = new Map<string, Fetch>();
  #dropped = 0;

  constructor(period: Period, users: UserNames) {
    this.#period = period;
    this.#users = users;
  }

  take(record: AuditRecord): void {
    const { verb, result, name, time } = record;
    const job = jobOf(record, this.#users);
    const outcome = outcomeOf(result);
    if (job === undefined || (verb !== "get" && outcome !== "refused")) return;
    if (outcome === "given" && name !== undefined) this.#lastFetches.set(name, { time, job });
    if (time < this.#period.start || time >= this.#period.end) return;
    this.#count(record, job, outcome);
    if (outcome === "refused") this.#refuse(record, job);
    if (outcome === "given") this.#pace(time, job);
  }

  #count({ verb, name, time }: AuditRecord, job: Job, outcome: Outcome): void {
    const subject = name ?? verb;
    const row = kept(this.#rows, `${job.key}\n${subject}`, () =>
      newRow(job, subject, time, this.#period.parts.length),
    );
    if (row === undefined) {
      this.#dropped++;
      return;
    }
    const part = partOf(this.#period, time);
    row.counts[outcome][part] = (row.counts[outcome][part] ?? 0) + 1;
    row.totals[outcome]++;
    row.last = time;
  }

  #refuse({ verb, name, result, time }: AuditRecord, job: Job): void {
    const subject = name ?? "";
    const one = kept(this.#refusals, [job.key, verb, subject, result].join("\n"), () => ({
      job,
      verb,
      subject,
      result,
      first: time,
      last: time,
      count: 0,
    }));
    if (one === undefined) return;
    one.count++;
    one.last = time;
  }

  #pace(time: number, job: Job): void {
    const before = this.#paces.get(job.key);
    if (before !== undefined || this.#paces.size < MOST_KINDS)
      this.#paces.set(job.key, paced(before, job, time));
  }

  findings(): Pick<Findings, "rows" | "refusals" | "paces" | "lastFetches" | "dropped"> {
    return {
      rows: [...this.#rows.values()],
      refusals: [...this.#refusals.values()],
      paces: [...this.#paces.values()],
      lastFetches: this.#lastFetches,
      dropped: this.#dropped,
    };
  }
}

/** What is kept under a key, made when it is new; undefined when there is no room for another. */
function kept<T>(map: Map<string, T>, key: string, make: () => T): T | undefined {
  const known = map.get(key);
  if (known !== undefined || map.size >= MOST_KINDS) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const newRow = (job: Job, subject: string, first: number, parts: number): Row => ({
  job,
  subject,
  counts: {
    given: new Uint32Array(parts),
    refused: new Uint32Array(parts),
    unanswered: new Uint32Array(parts),
  },
  totals: { given: 0, refused: 0, unanswered: 0 },
  first,
  last: first,
});
