/** Rows of the benchmark: on the terminal, as JSON, and as the summary that is kept in docs/PERFORMANCE.md. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const own = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const DOCUMENT = own("docs/PERFORMANCE.md");
const RESULTS = own("bench/results");
const [BEGIN, END] = ["<!-- written by npm run bench -- --write -->\n", "<!-- end -->\n"];

/**
 * One row. `ratio` is to what `of` names; `target` is the most that the ratio, or without one the value, may be.
 * @param {{ value?: number, unit?: string, ratio?: number, of?: string, target?: number, note?: string }} figures
 */
export const row = (section, what, figures) => ({ section, what, ...figures });

/** How a row stands to its target, in words; empty without one. */
export function verdict({ value, ratio, target }) {
  if (target === undefined) return "";
  const measured = ratio ?? value;
  if (measured <= target) return "met";
  return `missed by ${String(Math.round((measured / target - 1) * 100))} %`;
}

const COLUMNS = {
  "": ({ what }) => what,
  measured: ({ value, unit = "" }) => (value === undefined ? "" : `${short(value)} ${unit}`),
  ratio: ({ ratio, of }) => (ratio === undefined ? "" : `${short(ratio)} x ${of}`),
  target: ({ target }) => (target === undefined ? "" : `at most ${short(target)}`),
  result: (one) => [verdict(one), one.note ?? ""].filter(Boolean).join("; "),
};

const short = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** Where and when it was measured, in one line. */
export function circumstances() {
  const [cpu] = cpus();
  const machine = `${cpu?.model ?? "unknown processor"}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}, all on one core`;
}

/** A table for each section. */
export function print(rows) {
  for (const [section, own] of Object.entries(grouped(rows))) {
    console.log(`\n${section}`);
    console.table(
      own.map((one) =>
        Object.fromEntries(Object.entries(COLUMNS).map(([key, cell]) => [key || "what", cell(one)])),
      ),
    );
  }
}

function grouped(rows) {
  const groups = {};
  for (const one of rows) (groups[one.section] ??= []).push(one);
  return groups;
}

/** Keeps all figures under bench/results, which is not committed. */
export function keep(results) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(
    `${RESULTS}/${new Date().toISOString().replaceAll(":", "-")}.json`,
    `${JSON.stringify(results, null, 2)}\n`,
  );
}

/** Puts the tables into docs/PERFORMANCE.md, in the place of those before. */
export function writeDocument(when, rows) {
  const text = readFileSync(DOCUMENT, "utf8");
  const [before] = text.split(BEGIN);
  const [, after = ""] = text.split(END);
  const sections = Object.entries(grouped(rows)).map(
    ([section, own]) => `### ${section}\n\n${markdown(own)}`,
  );
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n${when}.\n\n${sections.join("\n")}\n${END}${after}`);
}

function markdown(rows) {
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  const head = Object.keys(COLUMNS);
  const body = rows.map((one) =>
    line(Object.values(COLUMNS).map((cell) => cell(one).replaceAll("|", "\\|"))),
  );
  return line(head) + line(head.map(() => "---")) + body.join("");
}
