import { defineConfig } from "vitest/config";

/** Real boots, by themselves: they need root, Debian packages, and a minute or two the first time. */
export default defineConfig({
  test: {
    name: "boot",
    include: ["test/boot/**/*.test.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 900_000,
    fileParallelism: false,
    reporters: ["verbose"], // also says why something was skipped
    bail: 1, // each file is one story
  },
});
