const MINUTE_MS = 60_000;
const two = (value: number): string => String(value).padStart(2, "0");

/** A time as RFC 3339 with the offset of this machine, such as `2026-03-01T07:30:00+01:00`. */
export function rfc3339(ms: number): string {
  const offset = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + offset * MINUTE_MS).toISOString().slice(0, 19);
  const size = Math.abs(offset);
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A time, or null where there is none. */
export const timeOrNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : rfc3339(ms);

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
] as const;

/** Seconds in the two largest units that count, such as `3d 4h` or `12s`. */
export function span(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, unit] of UNITS) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)}${unit}`);
    rest %= size;
  }
  return parts.slice(0, 2).join(" ") || `${rest}s`;
}
