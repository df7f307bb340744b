import { faultText } from "../audit/fault-text.ts";
import { choose } from "./choose.ts";
import type { Findings, Row } from "./collect.ts";
import type { JudgedJob } from "./jobs.ts";
import { jobPicture, jobTable, judged } from "./jobs.ts";
import { html, Markup } from "./markup.ts";
import { RULE } from "./pace.ts";
import { longText, sizeText } from "./period.ts";
import type { Plot } from "./plot.ts";
import { plotOf } from "./plot.ts";
import type { RefusedJob } from "./refused-jobs.ts";
import { refusedJobs } from "./refused-jobs.ts";
import { STYLE } from "./style/index.ts";
import { markTable, refusalTable, rowTable } from "./tables.ts";
import { timeline } from "./timeline.ts";
import type { AllNames, Unfetched } from "./unfetched.ts";
import { unfetched, unfetchedList } from "./unfetched.ts";
import { counted, moment, number, spanText } from "./words.ts";

/** No script, no font, no picture from anywhere: nothing is loaded and nothing is told to anybody. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole page, on its own. */
export function page(findings: Findings, all: AllNames): string {
  const parts: Parts = {
    findings,
    all,
    plot: plotOf(findings.period),
    jobs: judged(findings),
    idle: unfetched(findings, all),
    ...choose(findings.rows),
  };
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="referrer" content="no-referrer" />
        <title>
          Sotto audit report, ${longText(findings.period.start)} to ${longText(findings.period.end)}
        </title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        ${parts.plot.definitions} ${header(parts)}
        <main>
          ${[lookAt(parts), timelineSection(parts), refusals(parts), jobSection(parts), idleSection(parts)]}
        </main>
        ${footer(parts)}
      </body>
    </html> `.text;
}

interface Parts {
  readonly findings: Findings;
  readonly all: AllNames;
  readonly plot: Plot;
  readonly jobs: readonly JudgedJob[];
  readonly idle: readonly Unfetched[];
  readonly shown: readonly Row[];
  /** Rows that are not drawn. */
  readonly left: number;
}

const total = (rows: readonly Row[], of: keyof Row["totals"]): number =>
  rows.reduce((sum, { totals }) => sum + totals[of], 0);

const stopped = ({ jobs }: Parts): JudgedJob[] => jobs.filter(({ regularity }) => regularity === "stopped");

function header(parts: Parts): Markup {
  const { findings, idle, all } = parts;
  const { period, rows, refusals } = findings;
  const refused = refusals.reduce((sum, { count }) => sum + count, 0);
  const numbers: readonly (readonly [label: string, count: number, kind: string])[] = [
    [`fetches by ${counted(findings.paces.length, "job", "jobs")}`, total(rows, "given"), ""],
    ["refusals", refused, "bad"],
    [
      counted(stopped(parts).length, "job", "jobs").replace(/^\S+ /, "") + " stopped fetching",
      stopped(parts).length,
      "odd",
    ],
    ["unknown" in all ? "known secrets not fetched" : "secrets not fetched", idle.length, ""],
  ];
  return html`<header>
    <p class="eyebrow">Sotto audit report</p>
    <h1>Who had which secret</h1>
    <p class="soft">${longText(period.start)} to ${longText(period.end)}, ${zone()}</p>
    ${chainState(findings)}
    <dl class="numbers">
      ${numbers.map(
        ([label, count, kind]) =>
          html`<div class="${count > 0 ? kind : ""}">
            <dt>${label}</dt>
            <dd>${number(count)}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

const zone = (): string => `local time (${new Intl.DateTimeFormat().resolvedOptions().timeZone})`;

/** What the page rests on. */
function chainState({ fault, lines, strays }: Findings): Markup {
  if (fault === undefined)
    return html`<p class="state">
      The audit is a chain without a break, ${counted(lines, "line", "lines")} long. Whether the agent itself
      wrote it tells <code>agent audit verify</code>.
    </p>`;
  return html`<p class="state broken">
    <b>The audit was tampered with or damaged</b>: ${faultText(fault)}. What this page shows from there on may
    be
    forged${strays > 0 ? html`, and ${counted(strays, "line", "lines")} of the audit could not be read` : undefined}.
  </p>`;
}

/** The most that is told at the top of the page. */
const MOST_ITEMS = 5;

/** What somebody should act on, in a few words; said too where there is nothing. */
function lookAt(parts: Parts): Markup {
  const items = [
    ...refusedJobs(parts.findings.refusals).slice(0, MOST_ITEMS).map(refusedItem),
    ...stopped(parts).slice(0, MOST_ITEMS).map(stoppedItem),
  ];
  const content =
    items.length === 0
      ? html`<p>Nothing: nobody was refused, and no job stopped.</p>`
      : html`<ul class="look">
          ${items}
        </ul>`;
  return html`<section aria-labelledby="look-title">
    <h2 id="look-title">To look at</h2>
    ${content}
  </section>`;
}

const refusedItem = ({ job, count, subjects, last }: RefusedJob): Markup => {
  const left = subjects.length - MOST_ITEMS;
  const named = subjects.slice(0, MOST_ITEMS).map((one, i) => html`${i > 0 ? ", " : ""}<code>${one}</code>`);
  return html`<li>
    <svg width="16" height="16" aria-hidden="true"><use href="#refused" x="7" y="8" /></svg
    ><span
      ><b>${job.title}</b> of ${job.user} was refused
      ${count === 1 ? "once" : counted(count, "time", "times")}, last ${moment(last)}:
      ${named}${left > 0 ? ` and ${number(left)} more` : ""}.</span
    >
  </li> `;
};

const stoppedItem = ({ pace, silence }: JudgedJob): Markup =>
  html`<li>
    <svg width="16" height="16" aria-hidden="true"><use href="#stop" x="7" y="8" /></svg
    ><span
      ><b>${pace.job.title}</b> of ${pace.job.user} has fetched nothing for ${spanText(silence)}; its longest
      pause before was ${spanText(pace.longestPause)}.</span
    >
  </li> `;

function timelineSection({ findings, shown, left, plot }: Parts): Markup {
  const { period, dropped } = findings;
  if (shown.length === 0)
    return html`<section>
      <h2>Who fetched what, when</h2>
      <p>Nobody asked for anything in this period.</p>
    </section>`;
  return html`<section aria-labelledby="timeline-title">
    <h2 id="timeline-title">Who fetched what, when</h2>
    <p class="soft">
      A strip for each secret of each job, in parts of ${sizeText(period)}. A job is a service of its own,
      else a program of a user. Heights are square roots, so that one fetch is seen beside a thousand.
    </p>
    ${timeline(findings, shown, plot)} ${rowTable(shown)} ${markTable(shown, period)}
    ${leftOut(left, dropped)}
  </section>`;
}

/** What the timeline has no room for; nothing where it shows all. */
function leftOut(left: number, dropped: number): Markup | undefined {
  if (left === 0 && dropped === 0) return undefined;
  const strips = html`${counted(left, "strip", "strips")} of fewer fetches`;
  const requests = html` and ${counted(dropped, "request", "requests")} of too many different kinds`;
  return html`<p class="soft small">
    Left out here: ${strips}${dropped > 0 ? requests : undefined}. <code>agent audit</code> shows every one.
  </p>`;
}

const refusals = ({ findings }: Parts): Markup =>
  html`<section aria-labelledby="refusals-title">
    <h2 id="refusals-title">Who was refused</h2>
    ${refusalTable(findings)}
  </section>`;

function jobSection({ findings, jobs, plot }: Parts): Markup {
  const title = html`<h2 id="jobs-title">Jobs that stopped fetching</h2>
    <p class="soft">${RULE}</p>`;
  if (jobs.length === 0)
    return html`<section>
      ${title}
      <p>No job fetched anything in this period.</p>
    </section>`;
  return html`<section aria-labelledby="jobs-title">
    ${title} ${jobPicture(jobs, findings, plot)} ${jobTable(jobs)}
  </section>`;
}

const idleSection = ({ idle, all }: Parts): Markup =>
  html`<section aria-labelledby="idle-title">
    <h2 id="idle-title">Secrets that nobody fetched</h2>
    ${unfetchedList(idle, all)}
  </section>`;

const footer = ({ findings }: Parts): Markup =>
  html`<footer>
    <p>
      Written ${moment(findings.period.end)} from ${counted(findings.lines, "line", "lines")} of the audit.
      Names of users are those of today. This page loads nothing and holds no value of any secret; who fetches
      what is confidential all the same.
    </p>
  </footer>`;
