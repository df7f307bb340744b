import type { Counts } from "./runs.mjs";

export interface Taken {
  /** Of the day, as 2026-11-24. */
  readonly date: string;
  readonly version: string;
  /** Without the v. */
  readonly node: string;
  readonly cores: number;
  readonly memoryGiB: number;
}

/** What stands in test/figures.json, by test file or name of a run. */
export type Results = Readonly<Record<string, { readonly taken: Taken; readonly counts: Counts }>>;

/** The table and what it was measured on, in Markdown. */
export function table(results: Results): string;
/** The document with what stands between the marks exchanged. Throws where a mark is not there once. */
export function withBlock(document: string, text: string): string;
