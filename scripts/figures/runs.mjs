/** What of the result of a longer run is worth keeping: counts by what was counted, as the reporter has them for tests. */
import { failures } from "../soak/tally.mjs";

/** `npm run fuzz -- --json FILE`. */
export function fuzz({ targets }) {
  const counts = {};
  for (const { target, executions, seconds } of targets) {
    counts[`executions of the target ${target}`] = executions;
    counts["minutes"] = (counts["minutes"] ?? 0) + seconds / 60;
  }
  counts["findings"] = targets.reduce((sum, { findings }) => sum + findings, 0);
  return counts;
}

/** `npm run soak -- --json FILE`. */
export function soak(result) {
  const { minutes, outcomes, rssSlopeMiBPerHour, p99Ms, descriptors } = result;
  const answers = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return {
    minutes,
    answers: answers,
    "things that must not be": failures(result).length,
    "MiB more an hour": rssSlopeMiBPerHour,
    "descriptors more": Math.max(0, descriptors.after - descriptors.before),
    "ms for 99 of 100 answers": p99Ms,
  };
}

/** `npm run prove -- --json FILE`. */
export const prove = ({ red, green }) => ({
  "breaks that turned their test red": red,
  "that did not": green,
});

/** A report of Stryker: https://github.com/stryker-mutator/mutation-testing-elements, mutation-testing-report-schema. */
export function mutation({ files }) {
  const states = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (...wanted) => states.filter((state) => wanted.includes(state)).length;
  const [killed, alive] = [count("Killed", "Timeout"), count("Survived", "NoCoverage")];
  return {
    mutants: killed + alive,
    "of them found": killed,
    percent: killed + alive === 0 ? 0 : (100 * killed) / (killed + alive),
  };
}

/** test/behaviour.json, and the index that `npm run index` makes of it. */
export function behaviour({ titles }, index) {
  const all = Object.keys(titles).length;
  const without = index.split(/\*\*no test yet\*\*|not testable here/).length - 1;
  return { "numbered behaviours": all, "of them with a test": all - without };
}
