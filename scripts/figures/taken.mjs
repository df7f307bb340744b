/** When and on what a figure was taken. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

const PROJECT = new URL("../..", import.meta.url);

/** @param when a `Date`; `node` with a v, as process.version has it */
export function taken(when, node = process.version) {
  return {
    date: when.toISOString().slice(0, 10),
    version: `${packageVersion()}${commit()}`,
    node: node.replace(/^v/, ""),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

export const packageVersion = () =>
  JSON.parse(readFileSync(new URL("package.json", PROJECT), "utf8")).version;

/** What is checked out, in brackets, with a plus where something was changed since; nothing where that cannot be told. */
function commit() {
  const args = ["describe", "--always", "--abbrev=7", "--dirty=+"];
  const { status, stdout } = spawnSync("git", args, { cwd: PROJECT, encoding: "utf8" });
  return status === 0 ? ` (${stdout.trim()})` : "";
}
