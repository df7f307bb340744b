import { linuxPlatform } from "./linux.ts";
import { refusingPlatform } from "./refusing.ts";
import type { Platform } from "./types.ts";

export type * from "./types.ts";

/** The platform of this system. Throws on a system that is not supported. */
export function currentPlatform(): Platform {
  return process.platform === "linux" ? linuxPlatform() : refusingPlatform(process.platform);
}
