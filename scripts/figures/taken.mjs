/** When and on what a figure was taken. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

const PROJECT = new URL("../..", import.meta.url);

/** @param when a `Date`; `node` with a v, as process.version has it */
export function taken(when, node = process.version) {
  return {
    date: when.toISOString().slice(0, 10),
    version: `${packageVersion()} (${commit()})`,
    node: node.replace(/^v/, ""),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

const packageVersion = () => JSON.parse(readFileSync(new URL("package.json", PROJECT), "utf8")).version;

/** Of what is checked out; a plus where something was changed since. */
const commit = () =>
  execFileSync("git", ["describe", "--always", "--abbrev=7", "--dirty=+"], {
    cwd: PROJECT,
    encoding: "utf8",
  }).trim();
