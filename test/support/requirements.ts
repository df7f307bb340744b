import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";

/** Skips the test, saying why, where it is not run by root: for what truly needs another user's rights. */
export function needsRoot(context: Pick<TestContext, "skip">): void {
  context.skip(process.getuid?.() !== 0, "needs root: it acts as other users");
}

/** Skips the test, saying why, where a program that it drives is not installed. */
export function needsPrograms(context: Pick<TestContext, "skip">, ...programs: readonly string[]): void {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const missing = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  context.skip(
    missing.length > 0,
    `not installed: ${missing.join(", ")} (scripts/prepare installs it as root)`,
  );
}
