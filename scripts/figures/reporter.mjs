/**
 * A reporter of vitest: gathers what tests annotate as `figure`, a number and what was counted (`200 kills`), by file. The same
 * words in several tests of a file add up. Writes them to the file that SOTTO_FIGURES names. What failed or was skipped has no
 * figures.
 */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

export default class FiguresReporter {
  #files = {};

  onTestCaseResult(testCase) {
    if (testCase.result().state !== "passed") return;
    for (const { type, message } of testCase.annotations())
      if (type === "figure") this.#add(relative(PROJECT, testCase.module.moduleId), message);
  }

  onTestRunEnd() {
    writeFileSync(process.env.SOTTO_FIGURES, JSON.stringify(this.#files));
  }

  #add(file, message) {
    const [, count, what] = /^(\d+) (.+)$/.exec(message) ?? [];
    if (count === undefined)
      throw new Error(`${file}: a figure is a number and what was counted, not: ${message}`);
    const counts = (this.#files[file] ??= {});
    counts[what] = (counts[what] ?? 0) + Number(count);
  }
}
