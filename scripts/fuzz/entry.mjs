/** What jazzer.js calls: the target that the environment names, with a planted bug where it names one. */
import { PLANTS } from "./plants.mjs";
import { TARGETS } from "./targets.mjs";

const { SOTTO_FUZZ_TARGET: name, SOTTO_FUZZ_PLANT: plant } = process.env;
const target = TARGETS[name](plant === undefined ? {} : PLANTS[name][Number(plant)][1]);

export function fuzz(bytes) {
  const outcome = target(bytes);
  if (outcome instanceof Promise) return outcome.then(() => undefined);
}
