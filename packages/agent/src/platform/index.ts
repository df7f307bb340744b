import type { Platform } from "./types.ts";

export type * from "./types.ts";

/** What runs on this system; of the others nothing is loaded. */
const system = await load();

function load(): Promise<
  typeof import("./linux.ts") | typeof import("./windows.ts") | typeof import("./refusing.ts")
> {
  if (process.platform === "linux") return import("./linux.ts");
  return process.platform === "win32" ? import("./windows.ts") : import("./refusing.ts");
}

/** The platform of this system. Throws on a system that is not supported. */
export const currentPlatform = (): Platform => system.platform();

/** What speaks against a file or folder of the agent that is open, or lies at a path; undefined when nothing does. */
export const { fileObjection } = system;
/** A folder, open in a way that lets it be synced. */
export const { openFolder } = system;
/** The id of a group of this machine; undefined when it has none of that name. Only for settings, never for peers. */
export const { groupId } = system;
