/** What every fuzz target asks of the code under it. */
import { isDeepStrictEqual } from "node:util";

/** A target met something that must never be. It says what, and never quotes the input. */
export class Finding extends Error {
  name = "Finding";
}

export function must(holds, what) {
  if (!holds) throw new Finding(what);
}

export function mustBeSame(one, other, what) {
  must(isDeepStrictEqual(one, other), what);
}

/** Maps and objects of any kind as plain objects, so that what was read can be held against what was made of it. */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
}

/**
 * What `act` comes to: its value, or the reason that `reasonOf` reads off what it throws. A reason that is none of
 * `allowed`, or an error that has none, is a finding.
 */
export function outcome(act, allowed, reasonOf) {
  try {
    return { verdict: "accept", value: act() };
  } catch (error) {
    const verdict = reasonOf(error);
    if (!allowed.includes(verdict))
      throw new Finding(`threw ${String(verdict ?? error?.name)}`, { cause: error });
    return { verdict };
  }
}
