import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isKnownZone, isWithin } from "./window.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The moments at which a window begins and ends, exactly to the millisecond, of those that are asked about. */
function expectSpan(window: string, from: string, until: string): void {
  const [start, end] = [Date.parse(from), Date.parse(until)];
  expect(
    [start - 1, start, end - 1, end].map((time) => isWithin(window, time)),
    window,
  ).toEqual([false, true, true, false]);
}

describe("isWithin", () => {
  it("B59: from the first millisecond to the last, the minute of the end not included", () => {
    expectSpan("02:00-02:15 UTC", "2026-11-24T02:00Z", "2026-11-24T02:15Z");
    expectSpan("02:00-02:15 Europe/Berlin", "2026-11-24T01:00Z", "2026-11-24T01:15Z");
    expectSpan("02:00-02:15 Europe/Berlin", "2026-07-24T00:00Z", "2026-07-24T00:15Z");
    expectSpan("09:00-17:00 Asia/Kathmandu", "2026-11-24T03:15Z", "2026-11-24T11:15Z");
    expectSpan("02:00-02:15 Etc/GMT+2", "2026-11-24T04:00Z", "2026-11-24T04:15Z");
  });

  it("B59: over midnight, of the day on which it begins", () => {
    expectSpan("22:00-02:00 UTC", "2026-11-24T22:00Z", "2026-11-25T02:00Z");
    expectSpan("Tue 22:00-02:00 UTC", "2026-11-24T22:00Z", "2026-11-25T02:00Z"); // a Tuesday
    expectSpan("Sun 22:00-02:00 UTC", "2026-11-29T22:00Z", "2026-11-30T02:00Z");
    expect(isWithin("Wed 22:00-02:00 UTC", Date.parse("2026-11-25T01:00Z"))).toBe(false);
  });

  it("B59: to midnight, and for 24 hours", () => {
    expectSpan("Tue 22:00-24:00 UTC", "2026-11-24T22:00Z", "2026-11-25T00:00Z");
    expectSpan("Tue 00:00-24:00 UTC", "2026-11-24T00:00Z", "2026-11-25T00:00Z");
    expectSpan("Tue 12:00-12:00 UTC", "2026-11-24T12:00Z", "2026-11-25T12:00Z");
    for (let time = Date.parse("2026-11-24T00:00Z"), i = 0; i < 100; i++)
      expect(isWithin("12:00-12:00 UTC", time + i * HOUR - 1)).toBe(true);
  });

  it("B59: on days over the end of the week", () => {
    expectSpan("Sat-Mon 00:00-24:00 UTC", "2026-11-28T00:00Z", "2026-12-01T00:00Z");
    expectSpan("Fri-Mon 20:00-19:00 UTC", "2026-11-30T20:00Z", "2026-12-01T19:00Z");
  });

  it("B59: on a leap day", () => {
    expectSpan("22:00-02:00 UTC", "2028-02-28T22:00Z", "2028-02-29T02:00Z");
    expectSpan("Tue 10:00-10:01 Europe/Berlin", "2028-02-29T09:00Z", "2028-02-29T09:01Z");
    expectSpan("Tue 23:00-01:00 UTC", "2028-02-29T23:00Z", "2028-03-01T01:00Z");
    expectSpan("23:00-01:00 UTC", "2027-02-28T23:00Z", "2027-03-01T01:00Z");
  });

  it.each([
    // Berlin: 02:00 is 03:00 at 01:00Z
    ["02:15-02:45 Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T01:45Z", "all of it is left out"],
    ["02:00-03:00 Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T02:00Z", "it is what is left out"],
    ["02:30-03:15 Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T02:15Z", "its beginning is left out"],
    ["01:30-02:30 Europe/Berlin", "2026-03-29T00:30Z", "2026-03-29T01:30Z", "its end is left out"],
    ["01:30-03:00 Europe/Berlin", "2026-03-29T00:30Z", "2026-03-29T01:00Z", "it ends where clocks go on"],
    ["03:00-03:30 Europe/Berlin", "2026-03-29T01:00Z", "2026-03-29T01:30Z", "it begins where clocks go on"],
    ["01:00-04:00 Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T02:00Z", "more than it is left out"],
    ["22:00-02:30 Europe/Berlin", "2026-03-28T21:00Z", "2026-03-29T01:30Z", "it began the day before"],
    // New York: 02:00 is 03:00 at 07:00Z
    ["Sun 02:15-02:45 America/New_York", "2026-03-08T07:00Z", "2026-03-08T07:45Z", "all of it is left out"],
    // Lord Howe: 02:00 is 02:30 at 15:30Z
    ["02:10-02:20 Australia/Lord_Howe", "2026-10-03T15:30Z", "2026-10-03T15:50Z", "all of it is left out"],
    ["01:00-03:00 Australia/Lord_Howe", "2026-10-03T14:30Z", "2026-10-03T16:00Z", "half an hour is left out"],
    // Nuuk: 23:00 is midnight at 01:00Z. Beirut: midnight is 01:00 at 22:00Z
    ["22:30-23:30 America/Nuuk", "2026-03-29T00:30Z", "2026-03-29T01:30Z", "its end moves over midnight"],
    ["Sat 23:45-23:30 America/Nuuk", "2026-03-29T01:00Z", "2026-03-30T01:30Z", "and by two days"],
    ["Sun 00:00-00:30 Asia/Beirut", "2026-03-28T22:00Z", "2026-03-28T22:30Z", "its midnight is left out"],
  ])("B59: %s, when clocks go forward, holds from %s to %s: %s", (window, from, until) => {
    expectSpan(window, from, until);
  });

  it.each([
    // Berlin: 03:00 is 02:00 at 01:00Z
    ["02:15-02:45 Europe/Berlin", "2026-10-25T00:15Z", "2026-10-25T00:45Z", "all of it comes twice"],
    ["02:00-03:00 Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T02:00Z", "it is what comes twice"],
    ["02:30-03:15 Europe/Berlin", "2026-10-25T00:30Z", "2026-10-25T02:15Z", "its beginning comes twice"],
    ["01:30-02:30 Europe/Berlin", "2026-10-24T23:30Z", "2026-10-25T00:30Z", "its end comes twice"],
    // New York: 02:00 is 01:00 at 06:00Z
    ["Sun 01:15-01:45 America/New_York", "2026-11-01T05:15Z", "2026-11-01T05:45Z", "all of it comes twice"],
    // Lord Howe: 02:00 is 01:30 at 15:00Z
    ["01:40-01:50 Australia/Lord_Howe", "2026-04-04T14:40Z", "2026-04-04T14:50Z", "all of it comes twice"],
    ["01:00-02:00 Australia/Lord_Howe", "2026-04-04T14:00Z", "2026-04-04T15:30Z", "half an hour comes twice"],
    // Beirut: midnight is 23:00 at 21:00Z
    ["Sat 23:30-00:30 Asia/Beirut", "2026-10-24T20:30Z", "2026-10-24T22:30Z", "over a later midnight"],
    ["Sun 00:00-00:30 Asia/Beirut", "2026-10-24T22:00Z", "2026-10-24T22:30Z", "after a later midnight"],
  ])("B59: %s, when clocks go back, holds from %s to %s: %s", (window, from, until) => {
    expectSpan(window, from, until);
  });

  it("B59: at the first and the last moment that a request can name", () => {
    const last = Date.parse("9999-12-31T23:59:59.999Z");
    expect([0, last].map((time) => isWithin("00:00-24:00 America/New_York", time))).toEqual([true, true]);
    expect([0, last].map((time) => isWithin("00:00-00:01 UTC", time))).toEqual([true, false]);
  });

  it("B59: contains nothing where it is none, or its zone is unknown", () => {
    for (const none of ["", "00:00-24:00", "00:00-24:00 No/Such_Zone", "00:00-24:00 europe/berlin"])
      expect(isWithin(none, Date.parse("2026-11-24T12:00Z"))).toBe(false);
  });
});

describe("isKnownZone", () => {
  it("B59: knows the zones of the IANA database and their links, as they are spelled there", () => {
    const some = [
      "UTC",
      "Etc/UTC",
      "Etc/GMT+2",
      "Europe/Berlin",
      "Europe/Kyiv",
      "Asia/Kolkata",
      "Asia/Calcutta",
    ];
    const linked = [
      "US/Eastern",
      "America/Argentina/ComodRivadavia",
      "America/Port-au-Prince",
      "Antarctica/McMurdo",
    ];
    const all = Intl.supportedValuesOf("timeZone").filter((zone) => zone.includes("/"));
    expect(all.length).toBeGreaterThan(300);
    for (const zone of [...some, ...linked, ...all])
      expect(isKnownZone(`00:00-24:00 ${zone}`), zone).toBe(true);
  });

  it("B59: folds nothing, and takes no offset", () => {
    for (const zone of ["europe/berlin", "EUROPE/BERLIN", "Europe/berlin", "us/eastern", "Etc/Gmt+2", "utc"])
      expect(isKnownZone(`00:00-24:00 ${zone}`), zone).toBe(false);
    for (const zone of [
      "No/Such_Zone",
      "Europe/Berlin/Mitte",
      "Etc/Unknown",
      "+02:00",
      "Etc/GMT+15",
      "posix/UTC",
    ])
      expect(isKnownZone(`00:00-24:00 ${zone}`), zone).toBe(false);
  });
});

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Nuuk",
  "Asia/Beirut",
  "Africa/Casablanca",
  "Pacific/Apia",
  "America/St_Johns",
];
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What the clock on a wall of a place shows, by Intl: another way than that of the code. */
function wall(zone: string, time: number): { day: number; minute: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const minute = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  return { day: DAYS.indexOf(parts.get("weekday") ?? ""), minute };
}

/** Minutes of the week that have passed there since another moment, less those that have really passed. */
function clockChange(zone: string, since: number, time: number): number {
  const [then, now] = [wall(zone, since), wall(zone, time)];
  const shown = (now.day - then.day) * 24 * 60 + now.minute - then.minute;
  return (shown - Math.floor((time - since) / MINUTE)) % (7 * 24 * 60);
}

const clock = (all: number): string =>
  [Math.floor(all / 60), all % 60].map((count) => String(count).padStart(2, "0")).join(":");

const someWindow = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
  from: fc.integer({ min: 0, max: 24 * 60 - 1 }),
  to: fc.integer({ min: 0, max: 24 * 60 - 1 }),
  zone: fc.constantFrom(...ZONES),
});
const written = ({
  days,
  from,
  to,
  zone,
}: {
  days: number[];
  from: number;
  to: number;
  zone: string;
}): string => `${days.map((day) => DAYS[day]).join(",")} ${clock(from)}-${clock(to)} ${zone}`;
const someTime = fc.integer({ min: Date.parse("2025-01-01T00:00Z"), max: Date.parse("2030-01-01T00:00Z") });

describe("isWithin, for any window", () => {
  it("B59: says what a clock on the wall says, but for the days about a change of the clocks", () => {
    let compared = 0;
    fc.assert(
      fc.property(someWindow, someTime, (window, time) => {
        const { days, from, to, zone } = window;
        const quiet = [-2 * DAY, 2 * DAY].every((away) => clockChange(zone, time + away, time) === 0);
        if (!quiet) return;
        compared++;
        const { day, minute } = wall(zone, time);
        const began = days.includes(day) && minute >= from && (to <= from || minute < to);
        const goesOn = to <= from && days.includes((day + 6) % 7) && minute < to;
        expect(isWithin(written(window), time)).toBe(began || goesOn);
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(2_000);
  });

  it("B59: holds once for each of its days, whatever the clocks do, and hardly longer or shorter than written", () => {
    const changes = ["2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-24", "2026-11-01"];
    fc.assert(
      fc.property(someWindow, fc.constantFrom(...changes), ({ days, from, to, zone }, change) => {
        const one = { days: days.slice(0, 1), from, to, zone };
        const start = Date.parse(`${change}T00:00Z`) - 4 * DAY;
        const begins: number[] = [];
        const ends: number[] = [];
        for (let time = start, before = true; time < start + 14 * DAY; time += MINUTE) {
          const now = isWithin(written(one), time);
          if (now && !before) begins.push(time);
          if (!now && before && begins.length > 0) ends.push(time);
          before = now;
        }
        const [begin = 0, end = 0] = [begins[0], ends[0]];
        const length = (to <= from ? to + 24 * 60 : to) - from;
        expect(begins.length).toBeGreaterThan(0);
        expect(Math.abs((end - begin) / MINUTE - length)).toBeLessThanOrEqual(60);
      }),
      { numRuns: 60 },
    );
  });

  it("B59: says the same whatever it was asked before", () => {
    fc.assert(
      fc.property(someWindow, fc.array(someTime, { minLength: 2, maxLength: 8 }), (window, times) => {
        const asked = times.map((time) => isWithin(written(window), time));
        const again = times.toReversed().map((time) => isWithin(written(window), time));
        expect(again.reverse()).toEqual(asked);
      }),
      { numRuns: 500 },
    );
  });
});
