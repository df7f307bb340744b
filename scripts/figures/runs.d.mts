import type { SoakResult } from "../soak/tally.mjs";

/** Counts by what was counted. */
export type Counts = Readonly<Record<string, number>>;

export function fuzz(result: {
  readonly targets: readonly {
    readonly target: string;
    readonly executions: number;
    readonly seconds: number;
    readonly findings: number;
  }[];
}): Counts;
export function soak(result: SoakResult): Counts;
export function prove(result: { readonly red: number; readonly green: number }): Counts;
export function mutation(result: {
  readonly areas: Readonly<Record<string, { readonly mutants: number; readonly noticed: number }>>;
}): Counts;
export function behaviour(
  catalogue: { readonly titles: Readonly<Record<string, string>> },
  index: string,
): Counts;
