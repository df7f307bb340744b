import { scaleSqrt, scaleTime } from "d3-scale";
import type { Markup } from "./markup.ts";
import { html } from "./markup.ts";
import type { Period } from "./period.ts";
import { clockText, dayText } from "./period.ts";

/** All pictures share the axis of time. Across, positions are percentages: one page fits wide and narrow screens. */
export interface Plot {
  /** Where a moment is, in percent of the width. */
  x(time: number): number;
  /** Symbols that all rows use: the grid, the marks, the hatching. Once in a page. */
  readonly definitions: Markup;
  /** The axis, as a row of a picture; for the eye only, every number is in the tables too. */
  axis(place: "top" | "bottom"): Markup;
}

const TICKS = 6;
const DAY_MS = 86_400_000;
/** A day or two is labelled by the hour. */
const BY_HOUR_MS = 2.5 * DAY_MS;

/** Two decimals are a tenth of a pixel. */
const short = (value: number): number => Math.round(value * 100) / 100;

/** The scale of a period. */
export function plotOf(period: Period): Plot {
  const { start, end } = period;
  const first = period.parts[0] ?? start;
  const scale = scaleTime([first, end], [0, 100]);
  const x = (time: number): number => short(scale(time));
  const ticks = scale.ticks(TICKS).map((date) => date.getTime());
  const label = end - start <= BY_HOUR_MS ? clockText : dayText;
  const bands = weekends(first, end).map(
    ([from, to]) => html`<rect x="${x(from)}%" width="${short(x(to) - x(from))}%" height="100%" />`,
  );
  const lines = ticks.map((at) => html`<line x1="${x(at)}%" x2="${x(at)}%" y2="100%" />`);
  return {
    x,
    definitions: html`<svg class="hidden" aria-hidden="true" focusable="false">
      <defs>
        <symbol id="grid" class="grid">${bands}${lines}</symbol>
        <path id="refused" class="refused" d="M0-6.5 6 0 0 6.5-6 0Z" />
        <circle id="unanswered" class="unanswered" r="3.75" />
        <path id="stop" class="stop" d="M-6-6.5H6L0 5Z" />
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path class="hatch" d="M0 0V6" />
        </pattern>
      </defs>
    </svg>`,
    axis: (place) =>
      html`<div class="row axis ${place}" aria-hidden="true">
        <span class="name"></span><svg class="plot">${ticks.map((at) => tick(x(at), label(at), place))}</svg
        ><span class="total"></span>
      </div> `,
  };
}

/** Labels near an edge grow away from it. */
function tick(x: number, label: string, place: "top" | "bottom"): Markup {
  const anchor = x < 4 ? "start" : x > 96 ? "end" : "middle";
  const [y, from, to] = place === "top" ? [13, 17, 22] : [17, 0, 5];
  return html`<line x1="${x}%" x2="${x}%" y1="${from}" y2="${to}" /><text
      x="${x}%"
      y="${y}"
      text-anchor="${anchor}"
      >${label}</text
    >`;
}

const SATURDAY = 6;

/** Saturdays and Sundays within a span, for periods where they help and do not become a pattern of stripes. */
function weekends(start: number, end: number): [from: number, to: number][] {
  if (end - start > 63 * DAY_MS) return [];
  const found: [number, number][] = [];
  const day = new Date(start);
  day.setHours(0, 0, 0, 0);
  for (; day.getTime() < end; day.setDate(day.getDate() + 1)) {
    if (day.getDay() % SATURDAY !== 0) continue;
    const next = new Date(day);
    next.setDate(day.getDate() + 1);
    found.push([Math.max(day.getTime(), start), Math.min(next.getTime(), end)]);
  }
  return found;
}

const LOWEST = 3;
const HIGHEST = 20;

/** The height of a bar in pixels: its square root is shown, so that few are seen beside many. */
export function heights(most: number): (count: number) => number {
  const scale = scaleSqrt([0, Math.max(1, most)], [0, HIGHEST]);
  return (count) => Math.max(LOWEST, short(scale(count)));
}
