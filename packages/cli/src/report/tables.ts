import { marksOf } from "./choose.ts";
import type { Findings, Refusal, Row } from "./collect.ts";
import type { Markup } from "./markup.ts";
import { html } from "./markup.ts";
import { OUTCOMES } from "./outcome.ts";
import type { Period } from "./period.ts";
import { partText } from "./period.ts";
import { counted, moment, number } from "./words.ts";

/** Refusals beyond these are counted; `agent audit --denied` shows each. */
const MOST_REFUSALS = 60;
const none = (count: number): string => (count === 0 ? "\u2013" : number(count));

/** A number of the table of totals; on a narrow screen zeros are left out. */
const cell = (label: string, count: number): Markup =>
  html`<td class="${count === 0 ? "n none" : "n"}" data-label="${label}">${none(count)}</td>`;

/** What the timeline shows, a line a strip. */
export function rowTable(rows: readonly Row[]): Markup {
  return html`<div class="scroll" role="region" aria-label="Totals of the timeline" tabindex="0">
    <table class="stack">
      <caption>
        The same, in numbers
      </caption>
      <thead>
        <tr>
          <th scope="col">Job</th>
          <th scope="col">Secret</th>
          <th scope="col" class="n">Fetched</th>
          <th scope="col" class="n">Refused</th>
          <th scope="col" class="n">Not answered</th>
          <th scope="col">First</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ job, subject, totals, first, last }) =>
            html`<tr>
              <th scope="row">${job.title} <span class="soft">${job.user}</span></th>
              <td data-label="Secret"><code>${subject}</code></td>
              ${cell("Fetched", totals.given)}${cell("Refused", totals.refused)}${cell("Not answered", totals.unanswered)}
              <td data-label="First">${moment(first)}</td>
              <td data-label="Last">${moment(last)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Every mark of the timeline as a line, closed until it is asked for. */
export function markTable(rows: readonly Row[], period: Period): Markup {
  const marks = rows.reduce((sum, row) => sum + marksOf(row), 0);
  return html`<details>
    <summary>All ${counted(marks, "mark", "marks")} of the timeline as a table</summary>
    <div class="scroll" role="region" aria-label="All marks of the timeline" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col" class="n">Fetched</th>
            <th scope="col" class="n">Refused</th>
            <th scope="col" class="n">Not answered</th>
          </tr>
        </thead>
        ${rows.map(
          (row) =>
            html`<tbody class="group">
              <tr>
                <th colspan="4" scope="rowgroup">
                  ${row.job.title}, ${row.job.user}: <code>${row.subject}</code>
                </th>
              </tr>
              ${markRows(row, period)}
            </tbody> `,
        )}
      </table>
    </div>
  </details>`;
}

function markRows({ counts }: Row, period: Period): Markup[] {
  return period.parts.flatMap((_, part) => {
    const [given = 0, refused = 0, unanswered = 0] = OUTCOMES.map((one) => counts[one][part] ?? 0);
    if (given + refused + unanswered === 0) return [];
    return [
      html`<tr>
        <th scope="row">${partText(period, part)}</th>
        <td class="n">${none(given)}</td>
        <td class="n">${none(refused)}</td>
        <td class="n">${none(unanswered)}</td>
      </tr> `,
    ];
  });
}

/** Who was refused what, the latest first. */
export function refusalTable({ refusals }: Findings): Markup {
  if (refusals.length === 0) return html`<p>Nobody was refused anything.</p>`;
  const latest = [...refusals].sort((a, b) => b.last - a.last);
  const left = latest.length - MOST_REFUSALS;
  const more = html`<p class="soft small">
    ${counted(left, "more kind", "more kinds")} of refusals: <code>agent audit --denied</code> shows each.
  </p>`;
  return html`<div class="scroll" role="region" aria-label="Refusals" tabindex="0">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Asked for</th>
            <th scope="col">Answer</th>
            <th scope="col" class="n">Times</th>
            <th scope="col">First</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          ${latest.slice(0, MOST_REFUSALS).map(refusalRow)}
        </tbody>
      </table>
    </div>
    ${left > 0 ? more : undefined}`;
}

const refusalRow = ({ job, verb, subject, result, count, first, last }: Refusal): Markup =>
  html`<tr>
    <th scope="row">${job.title} <span class="soft">${job.user}</span></th>
    <td class="what" data-label="Asked for"><span class="when">${verb}</span> <code>${subject}</code></td>
    <td data-label="Answer"><span class="tag refused">${result}</span></td>
    <td class="n" data-label="Times">${number(count)}</td>
    <td data-label="First">${moment(first)}</td>
    <td data-label="Last">${moment(last)}</td>
  </tr> `;
