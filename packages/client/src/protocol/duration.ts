const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^([1-9][0-9]{0,6})([smhd])$/;

/** Milliseconds of a duration such as `30s`, `10m`, `8h` or `2d`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const found = DURATION.exec(text) as [string, string, keyof typeof UNITS] | null;
  return found === null ? undefined : Number(found[1]) * UNITS[found[2]];
}
