/** The wire format of Sotto, declared once and used by both ends. PROTOCOL.md describes it in words. */
export { parseDuration } from "./duration.ts";
export * from "./errors.ts";
export type { Attributes } from "./fields.ts";
export { attributesBytes } from "./fields.ts";
export * from "./frame.ts";
export * from "./header.ts";
export * from "./limits.ts";
export * from "./names.ts";
export * from "./replies.ts";
export * from "./requests.ts";
export * from "./printable.ts";
export * from "./rules.ts";
export * from "./unix-ids.ts";
export { pack, unpack } from "./msgpack.ts";
export * from "./verbs.ts";
export type { Window } from "./window.ts";
export { parseWindow } from "./window.ts";
