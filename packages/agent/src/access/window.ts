import type { Window } from "@sotto/client/protocol";
import { parseWindow } from "@sotto/client/protocol";
import { Temporal } from "temporal-polyfill";

/*
 * Windows, in the time of their place. What the clocks of a place did and will do is what node brings along (the IANA
 * database in its ICU, `process.versions.tz`), not the tzdata of the system: a new rule of summer time needs a new node.
 */

/**
 * Whether a moment, in milliseconds since 1970, lies within a window. A window begins on each of its days and lasts up
 * to, not including, its end, on the same day or, where the end is not later than the start, on the next.
 *
 * Where the clocks change, a time that comes twice means the first one. What is left out is made up for, so that a job
 * of the lost hour still gets its secret: a time in it means as much later as is left out (RFC 5545, section 3.3.5; the
 * `compatible` of Temporal). A window that begins in it is moved as a whole, or it might be over before it begins, and
 * holds from the change on: cron(8) runs what it has missed soon after that.
 *
 * What is no window, or is in a zone that is not known here, contains no moment.
 */
export function isWithin(text: string, time: number): boolean {
  return scheduleOf(text)?.includes(time) === true;
}

/**
 * Whether the zone of a window is known here, exactly as it is spelled: case is not folded. Links such as `US/Eastern`
 * are known too.
 */
export function isKnownZone(text: string): boolean {
  return scheduleOf(text) !== undefined;
}

interface Span {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Not included. */
  readonly until: number;
}

const isIn = ({ from, until }: Span, time: number): boolean => from <= time && time < until;

/** Days before and after that of a moment on which a window may have begun that contains it; clocks can change at midnight. */
const DAYS_AROUND = [-2, -1, 0, 1];
const HOUR = 60;
const MINUTES_A_DAY = 24 * HOUR;

/** One window, and when it holds about the day that was asked for last: what a decision asks is nearly always today. */
class Schedule {
  readonly #window: Window;
  #day: Span = { from: 0, until: 0 };
  #spans: readonly Span[] = [];

  constructor(window: Window) {
    this.#window = window;
  }

  includes(time: number): boolean {
    if (!isIn(this.#day, time)) this.#lookAt(time);
    return this.#spans.some((span) => isIn(span, time));
  }

  #lookAt(time: number): void {
    const now = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(this.#window.zone);
    const midnight = now.startOfDay();
    this.#day = {
      from: midnight.epochMilliseconds,
      until: midnight.add({ days: 1 }).startOfDay().epochMilliseconds,
    };
    const dates = DAYS_AROUND.map((days) => now.toPlainDate().add({ days }));
    this.#spans = dates
      .filter(({ dayOfWeek }) => this.#window.days.includes(dayOfWeek))
      .map((date) => this.#spanOf(date));
  }

  /** When it holds, having begun on this date. */
  #spanOf(date: Temporal.PlainDate): Span {
    const { from, to, zone } = this.#window;
    const local = at(date, from);
    const start = local.toZonedDateTime(zone);
    if (!start.toPlainDateTime().equals(local)) {
      const lasting = start.add({ minutes: lengthOf(this.#window) });
      return { from: changeBefore(start), until: lasting.epochMilliseconds };
    }
    const end = at(to <= from ? date.add({ days: 1 }) : date, to).toZonedDateTime(zone);
    return { from: start.epochMilliseconds, until: end.epochMilliseconds };
  }
}

const at = (date: Temporal.PlainDate, minutes: number): Temporal.PlainDateTime =>
  date.toPlainDateTime({ hour: Math.floor(minutes / HOUR), minute: minutes % HOUR });

/** In minutes, where no clock changes. */
const lengthOf = ({ from, to }: Window): number => (to <= from ? to + MINUTES_A_DAY : to) - from;

/** The moment of the change that has moved a time which is left out. */
const changeBefore = (moved: Temporal.ZonedDateTime): number =>
  (moved.add({ nanoseconds: 1 }).getTimeZoneTransition("previous") ?? moved).epochMilliseconds;

/** Far more windows than rules of one agent have; past that, memory matters more than speed. */
const MOST_SCHEDULES = 1_000;
const schedules = new Map<string, Schedule | undefined>();

/** undefined where there is no such window or zone. */
function scheduleOf(text: string): Schedule | undefined {
  if (schedules.has(text)) return schedules.get(text);
  if (schedules.size >= MOST_SCHEDULES) schedules.clear();
  const window = parseWindow(text);
  const schedule = window && hasZone(window.zone) ? new Schedule(window) : undefined;
  schedules.set(text, schedule);
  return schedule;
}

/** Temporal finds a zone whatever its case, and tells it in that of the IANA database, a link as itself (ECMA-402). */
function hasZone(zone: string): boolean {
  try {
    return new Temporal.ZonedDateTime(0n, zone).timeZoneId === zone;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
