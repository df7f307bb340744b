import { defineConfig } from "vitest/config";

/** What is waited for comes within this, or never: milliseconds. */
const expectOptions = { poll: { timeout: 20_000 } };

/**
 * Real processes, key derivations and two cores: a slow moment of the machine must not turn a promise red.
 * What fails twice in a row is.
 */
const patient = { testTimeout: 120_000, hookTimeout: 120_000, retry: 1, expect: expectOptions };

export default defineConfig({
  test: {
    globalSetup: "scripts/bundle.mjs",
    maxWorkers: 6, // most tests wait for something most of their time, one of them for cron
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectOptions,
        },
      },
      { test: { name: "scenarios", include: ["test/scenarios/**/*.test.ts"], ...patient } },
      { test: { name: "security", include: ["test/security/**/*.test.ts"], ...patient } },
    ],
  },
});
