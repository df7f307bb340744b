/** What the agent and the command line need of Windows as well. Loads koffi: not for any other system. */
export * as api from "./api.ts";
export type { Handle } from "./api.ts";
export * from "./changes.ts";
export * from "./descriptor.ts";
export * from "./folder.ts";
export * from "./pipe.ts";
export * from "./process.ts";
export * from "./security.ts";
export * from "./service.ts";
export * from "./start.ts";
export * from "./token.ts";
