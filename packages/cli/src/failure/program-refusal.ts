import { existsSync, realpathSync } from "node:fs";
import type { ErrorDetails } from "@sotto/client/protocol";
import type { Failure } from "./failure.ts";
import { usage } from "./failure.ts";
import { ruleRefusal } from "./rule-reasons.ts";

/**
 * The failure for a rule that was refused because of one of its programs, as exactly as can be said from here: the agent
 * names the reason and not the path. undefined for other failures.
 */
export function programRefusal(details: ErrorDetails, programs: readonly string[]): Failure | undefined {
  if (details.reason?.startsWith("exe-") !== true) return undefined;
  const suspects = programs.filter((path) => isSuspect(details.reason, path));
  const [only, ...others] = suspects.length > 0 ? suspects : programs;
  const refusal = ruleRefusal(details, others.length === 0 ? only : "one of the programs");
  if (refusal === undefined || only === undefined) return undefined;
  const real = details.reason === "exe-symlink" && others.length === 0 ? realPath(only) : undefined;
  return usage(refusal.text, real === undefined ? refusal.hint : `name the program itself: ${real}`);
}

function isSuspect(reason: ErrorDetails["reason"], path: string): boolean {
  if (reason === "exe-symlink") return realPath(path) !== undefined;
  return reason === "exe-missing" && !existsSync(path);
}

/** What a path leads to, where that is another one. */
function realPath(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return real === path ? undefined : real;
  } catch {
    return undefined;
  }
}
