import { expect, test } from "vitest";
import type { Job } from "./job.ts";
import { jobOf } from "./job.ts";
import { html } from "./markup.ts";
import { paced, regularity, type Pace } from "./pace.ts";
import { partEnd, partOf, periodOf } from "./period.ts";
import { STYLE } from "./style/index.ts";
import { spanText } from "./words.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("whatever is put into the page is escaped, unless it is markup", () => {
  const text = `<b a="1" c='2'>&\u202e\u001b\u2028`;
  expect(html`<i>${text}</i>`.text).toBe(
    "<i>&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\\u202e\\u001b\\u2028</i>",
  );
  expect(html`${[html`<i>${1}</i>`, undefined, "<"]}`.text).toBe("<i>1</i>&lt;");
});

test.each([1, 2, 7, 14, 30, 90, 366, 5_000])(
  "%i days are cut into at most 61 parts without a gap",
  (days) => {
    const end = Date.parse("2026-11-24T08:30:00Z");
    const period = periodOf(end - days * DAY, end);
    expect(period.parts.length).toBeGreaterThan(days < 7 ? 20 : 10);
    expect(period.parts.length).toBeLessThanOrEqual(61);
    expect(period.parts[0]).toBeLessThanOrEqual(period.start);
    period.parts.forEach((start, i) => {
      expect(partEnd(period, i)).toBeGreaterThan(start);
      expect(partOf(period, Math.max(start, period.start))).toBe(i);
      expect(partOf(period, partEnd(period, i) - 1)).toBe(i);
    });
  },
);

const job: Job = { key: "k", title: "t", user: "u" };
const paceOf = (...times: readonly number[]): Pace | undefined =>
  times.reduce<Pace | undefined>((pace, time) => paced(pace, job, time), undefined);
const judge = (end: number, ...times: readonly number[]): string => {
  const pace = paceOf(...times);
  return pace === undefined ? "" : regularity(pace, end);
};

test("a job has stopped when it is silent for more than twice its longest pause", () => {
  const daily = [0, 1, 2, 3].map((day) => day * DAY);
  expect(judge(5 * DAY, ...daily)).toBe("regular");
  expect(judge(5 * DAY + 1, ...daily)).toBe("stopped");
  const workdays = [0, 1, 4, 5, 6].map((day) => day * DAY); // a weekend among them
  expect(judge(9 * DAY, ...workdays)).toBe("regular");
  expect(judge(12 * DAY + 1, ...workdays)).toBe("stopped");
});

test("few runs, or short silences, prove nothing", () => {
  expect(judge(90 * DAY, 0, DAY, 2 * DAY)).toBe("unknown");
  expect(judge(90 * DAY, 0, 1, 2, 3, 4)).toBe("unknown"); // one run that fetches five secrets
  const often = [0, 2, 4, 6, 8].map((minute) => minute * 60_000);
  expect(judge(8 * 60_000 + HOUR, ...often)).toBe("regular");
  expect(judge(8 * 60_000 + HOUR + 1, ...often)).toBe("stopped");
});

test("a clock that was set back makes no pause", () => {
  expect(paceOf(DAY, 0, DAY)).toMatchObject({ first: DAY, last: DAY, longestPause: 0, runs: 1 });
});

test("a service of its own is a job; under cron and in sessions the program is", () => {
  const users = { name: () => "batch", who: (uid: number) => `batch (${uid})` };
  const title = (unit: string | undefined, exe?: string): string | undefined =>
    jobOf(
      { time: 0, verb: "get", result: "allowed", uid: 7, ...(unit && { unit }), ...(exe && { exe }) },
      users,
    )?.title;
  expect(title("backup.service", "/usr/bin/node")).toBe("backup.service");
  for (const shared of ["cron.service", "session-3.scope", "user@1000.service", undefined])
    expect(title(shared, "/usr/bin/psql")).toBe("/usr/bin/psql");
  expect(title(undefined)).toBe("a program that is not known");
  expect(jobOf({ time: 0, verb: "start", result: "allowed", peer: "agent" }, users)).toBeUndefined();
});

test("spans are told in two units", () => {
  expect([1, 60_000, 90 * 60_000, 2 * HOUR, 30 * HOUR, 12 * DAY + HOUR].map(spanText)).toEqual([
    "under 1 min",
    "1 min",
    "1 h 30 min",
    "2 h",
    "1 d 6 h",
    "12 d",
  ]);
});

/** WCAG 2.2, 1.4.3: relative luminance and contrast. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replaceAll(/[0-9a-f]/g, "$&$&") : colour;
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(digits.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const [light, dark, print] = STYLE.split("@media (prefers-color-scheme: dark)").flatMap((part, i) =>
  i === 0 ? [part] : part.split("@media print"),
);
const coloursOf = (css = ""): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...css.matchAll(/--([a-z-]+):\s*(#[0-9a-f]+)/g)].map(([, name = "", value = ""]) => [name, value]),
  );

test.each([
  ["light", light],
  ["dark", dark],
  ["print", print],
])("contrast in %s: 4.5 for text, 3 for marks", (_name, css) => {
  const colours = coloursOf(css);
  const of = (a: string, b: string): number => contrast(colours[a] ?? "", colours[b] ?? "");
  for (const text of ["ink", "soft", "refused", "warn"])
    for (const ground of ["paper", "card"])
      expect(of(text, ground), `${text} on ${ground}`).toBeGreaterThan(4.5);
  expect(of("refused", "refused-soft")).toBeGreaterThan(4.5);
  expect(of("ink", "refused-soft")).toBeGreaterThan(4.5);
  expect(of("warn", "warn-soft")).toBeGreaterThan(4.5);
  for (const mark of ["given", "ring"])
    for (const ground of ["card", "rest"])
      expect(of(mark, ground), `${mark} on ${ground}`).toBeGreaterThan(3);
});
