/** The result of a run, as `npm run soak` prints it. */
export interface SoakResult {
  readonly minutes: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly p99Ms: number;
  readonly rssSlopeMiBPerHour: number;
  readonly descriptors: { readonly before: number; readonly after: number };
}

/** What was answered and must not be. */
export function unexpected(outcomes: SoakResult["outcomes"]): string[];
/** What is wrong with a result, in words. */
export function failures(result: SoakResult): string[];
