import type { TargetName } from "./targets.mjs";

export interface KeptFinding {
  readonly name: string;
  readonly target: TargetName;
  readonly why: string;
  readonly bytes: Buffer;
}

/** The inputs in test/fuzz for a target. */
export function keptInputs(target: TargetName): Buffer[];
/** The inputs in test/vectors/findings. */
export function findings(): KeptFinding[];
