import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { powershell } from "./powershell.ts";
import type { Place } from "./words.ts";
import { zsh } from "./zsh.ts";

const SHELLS: Readonly<Record<string, (places: readonly Place[]) => string>> = {
  bash,
  zsh,
  fish,
  powershell,
};

/** The script for a shell; undefined for one that is not known. */
export const completionScript = (shell: string, places: readonly Place[]): string | undefined =>
  Object.hasOwn(SHELLS, shell) ? SHELLS[shell]?.(places) : undefined;
