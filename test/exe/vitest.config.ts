import { defineConfig } from "vitest/config";

/** The one program that needs no Node, built anew before the tests. */
export default defineConfig({
  test: {
    name: "exe",
    include: ["test/exe/**/*.test.ts"],
    globalSetup: ["test/exe/prepare.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
