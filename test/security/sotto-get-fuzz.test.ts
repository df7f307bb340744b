import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";

const FUZZ = fileURLToPath(new URL("../../scripts/native/fuzz", import.meta.url));
const NOT_INSTALLED = 77;

it("B9-B19: `npm run fuzz:native`: a short run finds nothing in what sotto-get reads", async (context) => {
  const env = { PATH: process.env["PATH"] ?? "" };
  const { status, stderr } = await runCommand(FUZZ, ["-runs=100000", "-max_total_time=20"], {
    env,
    timeoutMs: 110_000,
  });
  context.skip(status === NOT_INSTALLED, "not installed: clang with libFuzzer");
  expect(status, stderr.slice(-2_000)).toBe(0);
  expect(Number(/^Done (\d+) runs/m.exec(stderr)?.[1])).toBeGreaterThan(1_000);
});
