import { expect } from "vitest";
import type { Result as Ran, RunOptions } from "./command.ts";
import type { Sandbox } from "./sandbox.ts";

export interface Checked {
  readonly check: string;
  readonly result: "ok" | "warn" | "fail";
  readonly found: string;
  readonly remedy: string | null;
}

/** What `agent doctor --json` has said. */
export class Report {
  readonly checks: readonly Checked[];
  readonly status: number | null;

  constructor({ stdout, status, stderr }: Ran) {
    if (stdout.length === 0) throw new Error(`agent doctor said nothing: ${stderr}`);
    const document = JSON.parse(stdout.toString()) as { checks: Checked[]; ok: boolean };
    this.checks = document.checks;
    this.status = status;
    expect(document.ok).toBe(this.checks.every(({ result }) => result !== "fail"));
    expect(status, "exit 1 exactly when a check fails").toBe(document.ok ? 0 : 1);
    for (const { result, remedy } of this.checks) expect(remedy === null).toBe(result === "ok");
  }

  /** The finding of one check; undefined where its question did not arise. */
  of(check: string): Checked | undefined {
    return this.checks.find((one) => one.check === check);
  }
}

/** Runs `agent doctor`. */
export const doctor = async (
  sandbox: Sandbox,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Report> => new Report(await sandbox.agent(["doctor", "--json", ...args], options));
