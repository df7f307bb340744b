/** What of the result of a longer run is worth keeping: counts by what was counted, as the reporter has them for tests. */
import { unexpected } from "../soak/tally.mjs";

/** `npm run fuzz -- --json FILE`. */
export function fuzz({ targets }) {
  const sum = (what) => targets.reduce((all, target) => all + target[what], 0);
  return {
    minutes: sum("seconds") / 60,
    ...Object.fromEntries(
      targets.map(({ target, executions }) => [`executions of the target ${target}`, executions]),
    ),
    findings: sum("findings"),
  };
}

/** `npm run soak -- --json FILE`. */
export function soak({ minutes, outcomes, rssSlopeMiBPerHour, p99Ms, descriptors }) {
  const sum = (names) => names.reduce((all, name) => all + outcomes[name], 0);
  return {
    minutes,
    requests: sum(Object.keys(outcomes)),
    "unexpected answers": sum(unexpected(outcomes)),
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
