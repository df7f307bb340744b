import type { Findings, Row } from "./collect.ts";
import type { Markup } from "./markup.ts";
import { html } from "./markup.ts";
import type { Outcome } from "./outcome.ts";
import { OUTCOMES } from "./outcome.ts";
import type { Period } from "./period.ts";
import { partEnd, partText } from "./period.ts";
import type { Plot } from "./plot.ts";
import { heights } from "./plot.ts";
import { counted, number } from "./words.ts";

const BASELINE = 25;
/** Of the width of a part, so that neighbours stay apart. */
const BAR = 0.78;

/** Who fetched what when: one strip for each job and secret. */
export function timeline({ period }: Findings, rows: readonly Row[], plot: Plot): Markup {
  const most = Math.max(1, ...rows.flatMap(({ counts }) => [...counts.given]));
  const height = heights(most);
  const strips = rows.map((row, i) => [heading(row, rows[i - 1]), strip(row, i, period, plot, height)]);
  return html`<figure aria-labelledby="timeline-title" role="group">
    ${legend(period, most)} ${plot.axis("top")}${strips}${plot.axis("bottom")}
  </figure>`;
}

function legend({ hours }: Period, most: number): Markup {
  const size = hours < 24 ? `${hours} h` : `${Math.round(hours / 24)} d`;
  return html`<figcaption>
    <span
      ><svg width="12" height="16" aria-hidden="true">
        <rect class="given" x="1" y="8" width="4" height="8" />
        <rect class="given" x="7" y="2" width="4" height="14" /></svg
      >fetched: a bar for each ${size}, the tallest ${number(most)}</span
    >
    <span
      ><svg width="14" height="15" aria-hidden="true"><use href="#refused" x="7" y="7.5" /></svg>refused</span
    >
    <span
      ><svg width="12" height="12" aria-hidden="true"><use href="#unanswered" x="6" y="6" /></svg>not
      answered: locked or busy</span
    >
    <span
      ><svg width="14" height="14" aria-hidden="true" class="grid"><rect width="14" height="14" /></svg
      >weekend</span
    >
  </figcaption>`;
}

function heading({ job }: Row, before: Row | undefined): Markup | undefined {
  if (before?.job.key === job.key) return undefined;
  return html`<p class="job"><b>${job.title}</b> <span class="soft">${job.user}</span></p> `;
}

function strip(
  row: Row,
  index: number,
  period: Period,
  plot: Plot,
  height: (count: number) => number,
): Markup {
  const { job, subject, totals } = row;
  const id = `strip-${index}`;
  const marks = OUTCOMES.flatMap((outcome) =>
    [...row.counts[outcome]].map((count, part) =>
      count === 0 ? undefined : mark(outcome, count, part, period, plot, height),
    ),
  );
  return html`<div class="row">
    <span class="name"><code>${subject}</code></span
    ><svg class="plot" role="img" aria-labelledby="${id} ${id}d">
      <title id="${id}">${job.title}, ${job.user}: ${subject}</title>
      <desc id="${id}d">${totalsText(totals)}; the table below has every number</desc>
      <use href="#grid" width="100%" height="100%" />
      <line class="base" x2="100%" y1="${BASELINE + 0.5}" y2="${BASELINE + 0.5}" />
      ${marks}</svg
    ><span class="total">${tally(totals)}</span>
  </div> `;
}

const tally = ({ given, refused, unanswered }: Row["totals"]): (Markup | undefined)[] => [
  refused > 0 ? html`<span class="no">${number(refused)} refused</span>` : undefined,
  unanswered > 0 ? html`<span class="soft">${number(unanswered)} unanswered</span>` : undefined,
  given > 0 ? html`<span><b>${number(given)}</b></span>` : undefined,
];

/** One mark with its own words, for who points at it. */
function mark(
  outcome: Outcome,
  count: number,
  part: number,
  period: Period,
  plot: Plot,
  height: (count: number) => number,
): Markup {
  const start = period.parts[part] ?? period.start;
  const from = plot.x(start);
  const width = plot.x(partEnd(period, part)) - from;
  const words = `${partText(period, part)}: ${number(count)} ${WORDS[outcome]}`;
  if (outcome === "given") {
    const tall = height(count);
    return html`<rect
      class="given"
      x="${two(from + (width * (1 - BAR)) / 2)}%"
      y="${two(BASELINE - tall)}"
      width="${two(width * BAR)}%"
      height="${tall}"
      ><title>${words}</title></rect
    >`;
  }
  return html`<use href="#${outcome}" x="${two(from + width / 2)}%" y="${outcome === "refused" ? 11 : 18}"
    ><title>${words}</title></use
  >`;
}

const two = (value: number): number => Math.round(value * 100) / 100;
const WORDS: Readonly<Record<Outcome, string>> = {
  given: "fetched",
  refused: "refused",
  unanswered: "not answered",
};

/** Such as `12 fetches, 1 refusal`. */
export const totalsText = ({ given, refused, unanswered }: Row["totals"]): string =>
  [
    counted(given, "fetch", "fetches"),
    ...(refused > 0 ? [counted(refused, "refusal", "refusals")] : []),
    ...(unanswered > 0 ? [`${number(unanswered)} not answered`] : []),
  ].join(", ");
