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

/** test/mutation.json, as mutation testing leaves it: by area, how many changes of the code were tried and noticed. */
export function mutation({ areas }) {
  const sum = (what) => Object.values(areas).reduce((all, area) => all + area[what], 0);
  const [tried, noticed] = [sum("mutants"), sum("noticed")];
  return {
    "small changes of the code": tried,
    "of them noticed": noticed,
    "of a hundred": tried === 0 ? 0 : (100 * noticed) / tried,
  };
}

/** test/behaviour.json, and the index that `npm run index` makes of it. */
export function behaviour({ titles }, index) {
  const all = Object.keys(titles).length;
  const without = index.split(/\*\*no test yet\*\*|not testable here/).length - 1;
  return { "numbered behaviours": all, "of them with a test": all - without };
}
