/** The table of figures, out of test/figures.json, and its place in SECURITY.md. */
import { ROWS, RUNS } from "./rows.mjs";

const BEGIN = "<!-- figures: made by npm run figures, not by hand -->";
const END = "<!-- end of the figures -->";

/**
 * @param {Record<string, { taken: object, counts: Record<string, number> }>} results by test file or name of a run
 * @returns {string} the table and what it was measured on, in Markdown
 */
export function table(results) {
  const rows = ROWS.map(({ promise, from }) => {
    const figures = from.filter((source) => results[source] !== undefined);
    const text = figures.map((source) => figure(results[source])).join("; ");
    const where = (figures.length > 0 ? figures : from).map(place).join(", ");
    return `| ${promise} | ${text === "" ? "not run yet" : text} | ${where} |`;
  });
  return ["| promise | figure | by |", "|---|---|---|", ...rows, "", ...machines(results)].join("\n");
}

/** `document` with what stands between the two marks exchanged for `text`. Throws where a mark is not there once. */
export function withBlock(document, text) {
  const [before, ...begun] = document.split(BEGIN);
  const [, ...after] = (begun[0] ?? "").split(END);
  if (begun.length !== 1 || after.length !== 1)
    throw new Error("the marks of the figures are not there once each");
  return `${before}${BEGIN}\n${text}\n${END}${after[0]}`;
}

const figure = ({ counts }) =>
  Object.entries(counts)
    .map(([what, count]) => `${number(count)} ${what}`)
    .join(", ");

/** Thousands apart; of what is small, two digits after the point. */
function number(value) {
  const digits = Number.isInteger(value) ? 0 : value < 10 ? 2 : 1;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

function place(source) {
  const run = RUNS[source];
  if (run === undefined) return `\`${source}\``;
  return run.test === undefined ? `\`${run.command}\`` : `\`${run.command}\` (\`${run.test}\`)`;
}

/** What was measured when and on what: most of it at once, and then what was not. */
function machines(results) {
  const byStamp = new Map();
  for (const [source, { taken }] of Object.entries(results)) {
    const { date, version, node, cores, memoryGiB } = taken;
    const text = `${date}, version ${version}, Node ${node}, ${cores} cores, ${memoryGiB} GiB of memory`;
    byStamp.set(text, [...(byStamp.get(text) ?? []), source]);
  }
  const [most, ...others] = [...byStamp].sort(([, a], [, b]) => b.length - a.length);
  return [
    `* Measured on ${most?.[0] ?? "nothing"}.`,
    ...others.map(([text, sources]) => `* On ${text}: ${sources.map(place).join(", ")}.`),
  ];
}
