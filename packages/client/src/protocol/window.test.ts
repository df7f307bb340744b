import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { parseWindow } from "./window.ts";

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

describe("parseWindow", () => {
  it.each([
    ["02:00-02:15 Europe/Berlin", EVERY_DAY, 120, 135, "Europe/Berlin"],
    ["00:00-24:00 UTC", EVERY_DAY, 0, 0, "UTC"],
    ["00:00-00:00 UTC", EVERY_DAY, 0, 0, "UTC"],
    ["22:00-02:00 UTC", EVERY_DAY, 1320, 120, "UTC"],
    ["23:59-24:00 UTC", EVERY_DAY, 1439, 0, "UTC"],
    ["Mon 09:05-17:30 Etc/GMT+2", [1], 545, 1050, "Etc/GMT+2"],
    ["Mon-Fri 02:00-02:15 UTC", [1, 2, 3, 4, 5], 120, 135, "UTC"],
    ["Mon-Sun 02:00-02:15 UTC", EVERY_DAY, 120, 135, "UTC"],
    ["Sat-Mon 02:00-02:15 UTC", [1, 6, 7], 120, 135, "UTC"],
    ["Sun-Sat 02:00-02:15 UTC", EVERY_DAY, 120, 135, "UTC"],
    ["Sun,Mon-Wed,Fri 02:00-02:15 UTC", [1, 2, 3, 5, 7], 120, 135, "UTC"],
    ["02:00-02:15 America/Argentina/Buenos_Aires", EVERY_DAY, 120, 135, "America/Argentina/Buenos_Aires"],
    ["02:00-02:15 No/Such_Zone", EVERY_DAY, 120, 135, "No/Such_Zone"], // only a database of zones knows
  ])("B59: %s", (text, days, from, to, zone) => {
    expect(parseWindow(text)).toEqual({ days, from, to, zone });
  });

  it.each([
    "",
    "UTC",
    "02:00-02:15",
    "02:00 UTC",
    "2:00-02:15 UTC",
    "02:00-2:15 UTC",
    "02:0-02:15 UTC",
    "25:00-26:00 UTC",
    "24:00-25:00 UTC",
    "24:00-01:00 UTC",
    "02:60-03:00 UTC",
    "02:00-24:01 UTC",
    "02:00:00-02:15:00 UTC",
    "02:00\u201302:15 UTC",
    "02:00 - 02:15 UTC",
    " 02:00-02:15 UTC",
    "02:00-02:15 UTC ",
    "02:00-02:15 UTC\n",
    "02:00-02:15  UTC",
    "02:00-02:15\tUTC",
    "Mon  02:00-02:15 UTC",
    "mon 02:00-02:15 UTC",
    "MON 02:00-02:15 UTC",
    "Monday 02:00-02:15 UTC",
    "Mo 02:00-02:15 UTC",
    "1 02:00-02:15 UTC",
    "Mon, 02:00-02:15 UTC",
    ",Mon 02:00-02:15 UTC",
    "Mon- 02:00-02:15 UTC",
    "-Mon 02:00-02:15 UTC",
    "Mon..Fri 02:00-02:15 UTC",
    "Mon-Tue-Wed 02:00-02:15 UTC",
    "Mon,Mon 02:00-02:15 UTC",
    "Mon-Mon 02:00-02:15 UTC",
    "Mon-Wed,Tue 02:00-02:15 UTC",
    "Fri-Mon,Sun 02:00-02:15 UTC",
    "Mon Tue 02:00-02:15 UTC",
    "02:00-02:15 +02:00",
    "02:00-02:15 Z",
    "02:00-02:15 utc",
    "02:00-02:15 CET",
    "02:00-02:15 Europe",
    "02:00-02:15 Europe/",
    "02:00-02:15 /Europe/Berlin",
    "02:00-02:15 a/b/c/d",
    "02:00-02:15 ../../etc/passwd",
    "02:00-02:15 Europe/Berl\u0131n",
    `02:00-02:15 Europe/${"a".repeat(31)}`,
    "\u0660\u0662:00-02:15 UTC",
  ])("B59: %j is none", (text) => {
    expect(parseWindow(text)).toBeUndefined();
  });

  it("B59: takes any text without an exception, and what it takes is sound", () => {
    const piece = fc.constantFrom(
      "Mon",
      "Fri",
      "Sun",
      "-",
      ",",
      " ",
      "02:00",
      "24:00",
      "23:59",
      "UTC",
      "A/b",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        const window = parseWindow(any);
        if (window === undefined) return;
        expect(window.days).toEqual([...new Set(window.days)].sort());
        expect(EVERY_DAY).toEqual(expect.arrayContaining([...window.days]));
        for (const minutes of [window.from, window.to]) expect(minutes).toBeLessThan(24 * 60);
        expect(any.endsWith(` ${window.zone}`)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it("B59: takes every window that is written as it is described", () => {
    const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const two = (count: number): string => String(count).padStart(2, "0");
    const clock = (all: number): string => `${two(Math.floor(all / 60))}:${two(all % 60)}`;
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 1 }), minutes, minutes, (days, from, to) => {
        const numbers = days.map((day) => names.indexOf(day) + 1).sort((a, b) => a - b);
        const window = { days: numbers, from, to, zone: "UTC" };
        expect(parseWindow(`${days.join(",")} ${clock(from)}-${clock(to)} UTC`)).toEqual(window);
      }),
    );
  });
});
