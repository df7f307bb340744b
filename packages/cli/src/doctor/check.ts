import type { Situation } from "./situation.ts";

export type Result = "ok" | "warn" | "fail";

/** What a check has found. */
export interface Finding {
  readonly result: Result;
  /** What is there, and where it is not as it should be, why that matters. One line. */
  readonly found: string;
  /** The command, or the change, that puts it right; undefined exactly where the result is `ok`. */
  readonly remedy?: string;
}

/** A finding; undefined where the question does not arise here; `unseen` where only somebody with more rights can tell. */
export type Verdict = Finding | "unseen" | undefined;

/** One question about this machine. It looks and changes nothing. */
export interface Check {
  /** As it stands in the output: scripts look for it, so it stays. */
  readonly name: string;
  readonly judge: (situation: Situation) => Verdict;
}

export const ok = (found: string): Finding => ({ result: "ok", found });
/** Works, but promises less than it could, or will stop working. */
export const warn = (found: string, remedy: string): Finding => ({ result: "warn", found, remedy });
/** Does not work, or is open to somebody. */
export const fail = (found: string, remedy: string): Finding => ({ result: "fail", found, remedy });
