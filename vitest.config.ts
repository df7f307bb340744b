import { defineConfig } from "vitest/config";

/** Real processes, KDF runs and two cores: one slow machine must not turn a promise red. */
const patient = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["packages/*/src/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "scenarios", include: ["test/scenarios/**/*.test.ts"], ...patient } },
      { test: { name: "security", include: ["test/security/**/*.test.ts"], ...patient } },
    ],
  },
});
