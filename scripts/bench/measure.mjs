/** Measuring fairly: the candidates take turns in shuffled order, round after round, and medians are compared. */

/**
 * @param {Record<string, () => Promise<void>>} candidates one operation each
 * @param {{ rounds: number, operations: number, warmUp?: number }} size operations a round; `warmUp`: before the first,
 *   so that what is compared is compiled code on both sides
 * @returns {Promise<Record<string, number>>} microseconds an operation: the median of all rounds
 */
export async function measure(candidates, { rounds, operations, warmUp = operations }) {
  const samples = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of shuffled(Object.keys(candidates))) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < (round < 0 ? warmUp : operations); i++) await candidates[name]();
      const each = Number(process.hrtime.bigint() - start) / 1000 / operations;
      if (round >= 0) samples[name].push(each);
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

/**
 * One sample of each subject a round, in shuffled order.
 * @param {{ name: string }[]} subjects
 * @returns {Promise<Record<string, number[]>>} for each name, the samples in the order of the rounds
 */
export async function inTurns(subjects, rounds, sample) {
  const samples = Object.fromEntries(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const subject of shuffled(subjects)) samples[subject.name].push(await sample(subject));
  return samples;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function shuffled(items) {
  return items
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** How long it takes, in milliseconds. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
