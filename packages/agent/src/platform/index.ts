import * as system from "./system.ts";
import type { Platform } from "./types.ts";

export type * from "./types.ts";

/** The platform of this system. Throws on a system that is not supported. */
export const currentPlatform = (): Platform => system.platform();

/** What speaks against a file or folder of the agent that is open, or lies at a path; undefined when nothing does. */
export const { fileObjection } = system;
/** Cuts an open file off after so many bytes, also one that is open for appending alone. Throws where that fails. */
export const { cutFile } = system;
/** A folder, open in a way that lets it be synced. */
export const { openFolder } = system;
/** The id of a group of this machine; undefined when it has none of that name. Only for settings, never for peers. */
export const { groupId } = system;
