import { inspect } from "node:util";
import { expect } from "vitest";
import { SottoError } from "../sotto-error.ts";

/** The `SottoError` that a promise rejects with, or that a function throws; anything else fails the test. */
export async function rejection(act: Promise<unknown> | (() => unknown)): Promise<SottoError> {
  try {
    await (typeof act === "function" ? act() : act);
  } catch (error) {
    if (error instanceof SottoError) return error;
    throw error;
  }
  throw new Error("it should have failed");
}

/** Fails the test when a text stands anywhere in what can be printed of an error. */
export function expectNothingOf(text: string, error: Error): void {
  const printed = [error.message, String(error), error.stack, JSON.stringify(error)];
  printed.push(inspect(error), inspect(error, { depth: null, showHidden: true }));
  for (const one of printed) expect(one).not.toContain(text);
}
