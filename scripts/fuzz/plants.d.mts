import type { TargetName } from "./targets.mjs";

/** What is broken, and the broken code. */
export type Plant = readonly [what: string, code: Readonly<Record<string, unknown>>];
export const PLANTS: Readonly<Record<TargetName, readonly Plant[]>>;
