import type { Platform } from "./index.ts";
import * as linux from "./linux.ts";
import * as other from "./other.ts";

const withoutKoffi: Platform = process.platform === "linux" ? linux : other;

/** What runs on this system; an unknown one refuses. A single program is built for one, and has that one instead. */
export const system: Platform = process.platform === "win32" ? windows() : withoutKoffi;

/** Loaded there only, as it needs koffi, and at once: default paths are asked for without waiting. */
function windows(): Platform {
  const { createRequire } = process.getBuiltinModule("node:module"); // imported, it would be loaded for every job
  return createRequire(import.meta.url)("./windows.js") as Platform;
}
