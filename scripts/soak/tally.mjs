/** Outcomes and latencies of a run, and what of it must not be. */

/** What the load itself brings about. */
const EXPECTED = new Set(["ok", "locked", "broken off", "denied", "malformed", "names", "cycle"]);
const LONG_MINUTES = 30;
const MOST_MIB_PER_HOUR = 1;
const MOST_P99_MS = 20;
/** Connections that a lock may break off: the one that each uid keeps. */
const BROKEN_OFF_A_CYCLE = 3;

export class Tally {
  #counts = {};
  #latencies = [];

  count(outcome, ms) {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    if (ms !== undefined) this.#latencies.push(ms);
  }

  result() {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (part) => Number((sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(2));
    return { outcomes: { ...this.#counts }, p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}

export function line(ms, sample, tally) {
  const { outcomes, p50Ms, p99Ms } = tally.result();
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${String(count)}`);
  const { mib = 0, fds = 0 } = sample ?? {};
  return `${String(Math.round(ms / 60_000))} min: ${mib.toFixed(1)} MiB, ${String(fds)} descriptors, p50 ${String(p50Ms)} ms, p99 ${String(p99Ms)} ms; ${counts.join(", ")}`;
}

/** @returns {string[]} what was answered and must not be */
export const unexpected = (outcomes) => Object.keys(outcomes).filter((outcome) => !EXPECTED.has(outcome));

/** @returns {string[]} what is wrong with a result; latency and memory are judged after a long run only */
export function failures({ minutes, outcomes, p99Ms, rssSlopeMiBPerHour, descriptors }) {
  const isLong = minutes >= LONG_MINUTES;
  return [
    ...unexpected(outcomes).map((outcome) => `${outcome}: ${String(outcomes[outcome])} times`),
    ...((outcomes.ok ?? 0) > 0 ? [] : ["nothing was fetched"]),
    ...((outcomes["broken off"] ?? 0) > BROKEN_OFF_A_CYCLE * (outcomes.cycle ?? 0)
      ? ["connections were broken off"]
      : []),
    ...(descriptors.after > descriptors.before ? ["descriptors have piled up"] : []),
    ...(isLong && rssSlopeMiBPerHour > MOST_MIB_PER_HOUR ? ["memory grows"] : []),
    ...(isLong && p99Ms > MOST_P99_MS ? ["slow"] : []),
  ];
}
