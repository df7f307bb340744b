import type { Markup } from "./markup.ts";
import { html } from "./markup.ts";
import { momentText } from "./period.ts";

const format = new Intl.NumberFormat("en-GB");

/** With commas between thousands. */
export const number = (value: number): string => format.format(value);

/** Such as `1 fetch` or `1,200 fetches`. */
export const counted = (value: number, one: string, more: string): string =>
  `${number(value)} ${value === 1 ? one : more}`;

/** A moment as the reader's clock shows it, and as a machine reads it. */
export const moment = (time: number): Markup =>
  html`<time datetime="${new Date(time).toISOString()}">${momentText(time)}</time>`;

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
] as const;

/** Milliseconds in the largest unit that fits, with one more where that says more, such as `1 d 4 h` or `12 min`. */
export function spanText(ms: number): string {
  const at = UNITS.findIndex(([size]) => ms >= size);
  if (at < 0) return "under 1 min";
  const [large, small] = [UNITS[at], UNITS[at + 1]];
  if (large === undefined) return "";
  const whole = Math.floor(ms / large[0]);
  const rest = small === undefined ? 0 : Math.floor((ms % large[0]) / small[0]);
  return small === undefined || rest === 0 || whole > 9
    ? `${whole} ${large[1]}`
    : `${whole} ${large[1]} ${rest} ${small[1]}`;
}
