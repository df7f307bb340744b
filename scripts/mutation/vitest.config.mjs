import { defineConfig } from "vitest/config";
import { AREAS } from "./areas.mjs";

/** The unit tests of one area, made quick: they are run thousands of times. */
const { tests, not = [], setup = [] } = AREAS[process.env.MUTATION_AREA];

export default defineConfig({
  test: {
    include: tests,
    exclude: not,
    isolate: false,
    testTimeout: 60_000,
    setupFiles: ["scripts/mutation/setup.mjs", ...setup],
  },
});
