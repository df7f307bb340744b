import type { TargetName } from "./targets.mjs";

/** Inputs to begin with: what the vectors hold, and what a full payload and a full rule look like. */
export function seeds(): Readonly<Record<TargetName, Buffer[]>>;
