/** A time of the week at which a rule holds, in the time of a place. */
export interface Window {
  /** Days on which it begins, 1 for Monday to 7 for Sunday. */
  readonly days: readonly number[];
  /** Minutes after midnight at which it begins. */
  readonly from: number;
  /** Minutes after midnight at which it ends, not included, below 1440; not later than `from`: on the next day. */
  readonly to: number;
  /** The IANA time zone, such as `Europe/Berlin`. Whether there is such a zone only a database of zones knows. */
  readonly zone: string;
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY = `(?:${DAYS.join("|")})`;
const DAYS_PART = `${DAY}(?:-${DAY})?`;
const TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]";
const ZONE = "UTC|[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){1,2}";
const WINDOW = new RegExp(`^(?:(${DAYS_PART}(?:,${DAYS_PART})*) )?(${TIME})-(${TIME}|24:00) (${ZONE})$`);

const EVERY_DAY = "Mon-Sun";
const MINUTES_A_DAY = 24 * 60;

/**
 * Parses `[DAYS ]HH:MM-HH:MM ZONE`, such as `Mon-Fri 02:00-02:15 Europe/Berlin`; undefined when it is none. Days are
 * names and ranges divided by commas; none means every day. An end that is not later than the start is on the next day,
 * so that two equal times are 24 hours; `24:00` is midnight at the end of the day.
 */
export function parseWindow(text: string): Window | undefined {
  const found = WINDOW.exec(text) as [string, string | undefined, string, string, string] | null;
  if (found === null) return undefined;
  const [, named = EVERY_DAY, from, to, zone] = found;
  const days = parseDays(named);
  return days && { days, from: minutesOf(from), to: minutesOf(to) % MINUTES_A_DAY, zone };
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** `Mon-Wed,Sat`; a range may go over the end of the week. undefined when a day stands there twice, also as `Mon-Mon`. */
function parseDays(text: string): number[] | undefined {
  const days = text.split(",").flatMap(daysOf);
  return new Set(days).size === days.length ? days.sort((a, b) => a - b) : undefined;
}

/** The days of one part, each as often as it stands there. */
function daysOf(part: string): number[] {
  const [first = 0, last] = part.split("-").map((name) => DAYS.indexOf(name));
  if (last === undefined) return [first + 1];
  if (first === last) return [first + 1, last + 1];
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, i) => ((first + i) % 7) + 1);
}
