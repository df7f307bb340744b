/** The time that a report covers, cut into equal parts of the local day. */
export interface Period {
  /** Milliseconds since 1970: the first moment, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Starts of the parts, ascending; the first is not after `start`, the last before `end`. */
  readonly parts: readonly number[];
  /** Hours of one part. */
  readonly hours: number;
}

const HOUR_MS = 3_600_000;
const SIZES = [1, 2, 3, 6, 12, 24, 48, 168, 720] as const;
const LARGEST = 2_160;
const MOST_PARTS = 60;

/** Cuts the time between two moments so finely that a picture can still show each part. */
export function periodOf(start: number, end: number): Period {
  const hours = SIZES.find((size) => (end - start) / (size * HOUR_MS) <= MOST_PARTS - 2) ?? LARGEST;
  const size = hours === LARGEST ? Math.max(LARGEST, Math.ceil((end - start) / HOUR_MS / MOST_PARTS)) : hours;
  const parts: number[] = [];
  for (let at = floor(start, size); at < end; at = next(at, size)) parts.push(at);
  return { start, end, parts, hours: size };
}

/** The start of the part of the local day; of the day, for longer ones. */
function floor(time: number, hours: number): number {
  const date = new Date(time);
  date.setHours(hours < 24 ? Math.floor(date.getHours() / hours) * hours : 0, 0, 0, 0);
  return date.getTime();
}

/** By the calendar, so that a day on which the clocks change still ends at midnight. */
function next(time: number, hours: number): number {
  const date = new Date(time);
  date.setHours(date.getHours() + hours);
  return Math.max(date.getTime(), time + HOUR_MS);
}

/** Which part a moment belongs to. */
export function partOf({ parts }: Period, time: number): number {
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((parts[middle] ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** When a part ends. */
export const partEnd = ({ parts, end }: Period, part: number): number =>
  Math.min(parts[part + 1] ?? end, end);

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const timeFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const longFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** Such as `3 Mar`, `07:30`, `3 Mar 07:30` and `3 March 2026 at 07:30`, all local. */
export const dayText = (time: number): string => dayFormat.format(time);
export const clockText = (time: number): string => timeFormat.format(time);
export const momentText = (time: number): string => `${dayText(time)} ${clockText(time)}`;
export const longText = (time: number): string => longFormat.format(time);

/** Such as `3 Mar 06:00\u201312:00`, or `3 Mar` for a whole day. */
export function partText(period: Period, part: number): string {
  const start = period.parts[part] ?? period.start;
  if (period.hours < 24)
    return `${momentText(start)}\u2013${clockText(period.parts[part + 1] ?? next(start, period.hours))}`;
  if (period.hours === 24) return dayText(start);
  return `${dayText(start)}\u2013${dayText(partEnd(period, part) - 1)}`;
}

/** In words, for captions: `6 hours`, `1 day`. */
export const sizeText = ({ hours }: Period): string => {
  const [count, unit] = hours < 24 ? [hours, "hour"] : [Math.round(hours / 24), "day"];
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
};
