import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { AREAS } from "./areas.mjs";

/** The unit tests of one area, made quick: they are run thousands of times. */
const { tests, not = [], setup = [] } = AREAS[process.env.MUTATION_AREA];
const eachTest = fileURLToPath(new URL("each-test.mjs", import.meta.url));

export default defineConfig({
  plugins: [
    {
      name: "each-test",
      enforce: "pre",
      resolveId: (id, importer = "") =>
        id === "vitest" && importer.endsWith(".test.ts") ? eachTest : undefined,
    },
  ],
  test: {
    include: tests,
    exclude: not,
    isolate: false,
    testTimeout: 60_000,
    setupFiles: ["scripts/mutation/setup.mjs", ...setup],
  },
});
