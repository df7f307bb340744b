import type { Findings } from "./collect.ts";
import type { Markup } from "./markup.ts";
import { html } from "./markup.ts";
import type { Pace, Regularity } from "./pace.ts";
import { interval, regularity } from "./pace.ts";
import type { Plot } from "./plot.ts";
import { counted, moment, number, spanText } from "./words.ts";

const MOST_JOBS = 30;
const MIDDLE = 14;

/** A job and how it is judged. */
export interface JudgedJob {
  readonly pace: Pace;
  readonly regularity: Regularity;
  /** How long it has been silent, in milliseconds. */
  readonly silence: number;
}

/** All jobs that fetched anything: those that stopped first, the longest silence before the others. */
export function judged({ paces, period }: Findings): JudgedJob[] {
  const rank: Readonly<Record<Regularity, number>> = { stopped: 0, regular: 1, unknown: 2 };
  return paces
    .map((pace) => ({ pace, regularity: regularity(pace, period.end), silence: period.end - pace.last }))
    .sort((a, b) => rank[a.regularity] - rank[b.regularity] || b.silence - a.silence)
    .slice(0, MOST_JOBS);
}

/** From the first fetch of each job to its last, and the silence since where that is too long. */
export function jobPicture(jobs: readonly JudgedJob[], findings: Findings, plot: Plot): Markup {
  return html`<figure aria-labelledby="jobs-title" role="group">
    <figcaption>
      <span
        ><svg width="24" height="12" aria-hidden="true">
          <rect class="given" y="4" width="24" height="4" /></svg
        >from the first fetch to the last</span
      >
      <span
        ><svg width="14" height="14" aria-hidden="true"><use href="#stop" x="7" y="7.5" /></svg>the last fetch
        before it stopped</span
      >
      <span
        ><svg width="24" height="12" aria-hidden="true">
          <rect class="silence" x="1" y="1" width="22" height="10" /></svg
        >silent too long</span
      >
    </figcaption>
    ${plot.axis("top")}${jobs.map((job, i) => strip(job, i, findings, plot))}${plot.axis("bottom")}
  </figure>`;
}

function strip(
  { pace, regularity: kind, silence }: JudgedJob,
  index: number,
  { period }: Findings,
  plot: Plot,
): Markup {
  const { job, first, last, runs } = pace;
  const id = `job-${index}`;
  const [from, to] = [plot.x(first), plot.x(last)];
  const words = `${counted(runs, "run", "runs")}; ${stateText(kind)}; silent for ${spanText(silence)}`;
  return html`<div class="row">
    <span class="name">${job.title} <span class="soft small">${job.user}</span></span
    ><svg class="plot" role="img" aria-labelledby="${id} ${id}d">
      <title id="${id}">${job.title}, ${job.user}</title>
      <desc id="${id}d">${words}</desc>
      <use href="#grid" width="100%" height="100%" />
      <line class="base" x2="100%" y1="${MIDDLE}" y2="${MIDDLE}" />
      <rect
        class="given"
        x="${from}%"
        y="${MIDDLE - 2}"
        width="${Math.max(0.4, two(to - from))}%"
        height="4"
        rx="2"
      />
      ${
        kind === "stopped"
          ? html`<rect
                class="silence"
                x="${to}%"
                y="${MIDDLE - 7}"
                width="${two(plot.x(period.end) - to)}%"
                height="14"
              /><use href="#stop" x="${to}%" y="${MIDDLE}" />`
          : undefined
      }</svg
    ><span class="total">${verdict(kind, silence)}</span>
  </div> `;
}

const verdict = (kind: Regularity, silence: number): Markup =>
  kind === "stopped"
    ? html`<span class="odd"><b>silent ${spanText(silence)}</b></span>`
    : html`<span class="soft">${kind === "regular" ? "as usual" : "too few runs"}</span>`;

const two = (value: number): number => Math.round(value * 100) / 100;

const stateText = (kind: Regularity): string =>
  ({ stopped: "stopped", regular: "as usual", unknown: "too few runs to tell" })[kind];

/** The same in numbers. */
export function jobTable(jobs: readonly JudgedJob[]): Markup {
  return html`<div class="scroll" role="region" aria-label="Jobs in numbers" tabindex="0">
    <table class="stack">
      <caption>
        The same, in numbers
      </caption>
      <thead>
        <tr>
          <th scope="col">Job</th>
          <th scope="col">State</th>
          <th scope="col" class="n">Fetches</th>
          <th scope="col" class="n">Runs</th>
          <th scope="col">On average every</th>
          <th scope="col">Longest pause</th>
          <th scope="col">First fetch</th>
          <th scope="col">Last fetch</th>
          <th scope="col">Silent for</th>
        </tr>
      </thead>
      <tbody>
        ${jobs.map(
          ({ pace, regularity: kind, silence }) =>
            html`<tr>
              <th scope="row">${pace.job.title} <span class="soft">${pace.job.user}</span></th>
              <td data-label="State">
                ${kind === "stopped" ? html`<span class="tag warn">stopped</span>` : stateText(kind)}
              </td>
              <td class="n" data-label="Fetches">${number(pace.fetches)}</td>
              <td class="n" data-label="Runs">${number(pace.runs)}</td>
              <td data-label="On average every">${pace.runs < 2 ? "\u2013" : spanText(interval(pace))}</td>
              <td data-label="Longest pause">${pace.runs < 2 ? "\u2013" : spanText(pace.longestPause)}</td>
              <td data-label="First fetch">${moment(pace.first)}</td>
              <td data-label="Last fetch">${moment(pace.last)}</td>
              <td data-label="Silent for"><span class="when">${spanText(silence)}</span></td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
