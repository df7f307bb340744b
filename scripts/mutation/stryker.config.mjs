import { AREAS, TOOLS } from "./areas.mjs";

const area = process.env.MUTATION_AREA;
const work = `${TOOLS}/${area}`;

/** The options of Stryker (stryker-mutator.io/docs/stryker-js/configuration) for one area. */
export default {
  mutate: AREAS[area].mutate,
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutation/vitest.config.mjs", related: false },
  plugins: ["@stryker-mutator/vitest-runner", new URL("ignore-texts.mjs", import.meta.url).pathname],
  ignorers: ["texts"],
  coverageAnalysis: "perTest",
  ignoreStatic: AREAS[area].ignoreStatic ?? false,
  disableTypeChecks: false,
  incremental: process.env.MUTATION_FRESH === undefined,
  incrementalFile: `${work}/incremental.json`,
  concurrency: 2,
  timeoutMS: 20_000,
  tempDirName: `${work}/tmp`,
  reporters: ["progress-append-only", "json", "html"],
  jsonReporter: { fileName: `${work}/report.json` },
  htmlReporter: { fileName: `${work}/report.html` },
  warnings: { slow: false },
  ignorePatterns: [
    ".cache",
    "dist",
    "docs",
    "/test/boot",
    "/test/scenarios",
    "/test/security",
    "/packages/cli/src",
    "/packages/client/python",
  ],
};
