import { LONGEST_TIME_MS } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { Parser } from "./option-values.ts";

const MINUTE_MS = 60_000;
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Milliseconds since 1970 of an RFC 3339 time, which always says its offset, such as `2027-01-01T00:00:00+01:00`;
 * digits beyond milliseconds are dropped. undefined for anything else, for days that there are not, leap seconds, and
 * times before 1970.
 */
export function parseTime(text: string): number | undefined {
  const [matched, date, clock, fraction = "", sign, hours, minutes] = DATE_TIME.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const local = Date.parse(`${date}T${clock}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
  if (!isOnCalendar(local, `${date}T${clock}`)) return undefined;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
  const time = sign === "-" ? local + offset : local - offset;
  return time >= 0 && time <= LONGEST_TIME_MS ? time : undefined;
}

/** Date takes the 30th of February for a day in March, and 24:00 for the next day. */
const isOnCalendar = (ms: number, text: string): boolean =>
  !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);

/** The value of an option, as `parseTime` gives it. */
export const time: Parser = (text, option) => {
  const ms = parseTime(text);
  if (ms === undefined)
    throw usage(
      `${option} takes a time with its offset`,
      "such as 2027-01-01T00:00:00+01:00 or 2027-01-01T00:00:00Z",
    );
  return ms;
};
