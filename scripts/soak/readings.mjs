/** What /proc tells of a process, and what becomes of it over time. */
import { readdirSync, readFileSync } from "node:fs";

export const residentMiB = (pid) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))[1]) / 1024;

export const descriptors = (pid) => readdirSync(`/proc/${String(pid)}/fd`).length;

/**
 * The slope of a least-squares line through samples of resident memory.
 * @param {{ ms: number, mib: number }[]} samples
 * @returns {number} MiB an hour; 0 for fewer than two samples
 */
export function slopePerHour(samples) {
  const meanOf = (pick) => samples.reduce((sum, one) => sum + pick(one), 0) / samples.length;
  const [ms, mib] = [meanOf((one) => one.ms), meanOf((one) => one.mib)];
  const spread = samples.reduce((sum, one) => sum + (one.ms - ms) ** 2, 0);
  if (spread === 0) return 0;
  return (samples.reduce((sum, one) => sum + (one.ms - ms) * (one.mib - mib), 0) / spread) * 3_600_000;
}
