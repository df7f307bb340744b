import { defineConfig } from "vitest/config";

/** The compiled agent and client in a real node.exe, under Wine: by themselves, as the first run installs it. */
export default defineConfig({
  test: {
    name: "wine",
    include: ["test/wine/**/*.test.ts"],
    globalSetup: ["test/wine/prepare.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    retry: 1, // as of the other tests: what fails twice in a row is wrong
  },
});
