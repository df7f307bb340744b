/** Says what became of its input, `accept` or a reason; throws where the code under it does what it must not. */
export type Target = (bytes: Uint8Array) => string | Promise<string>;
export type TargetName = "header" | "vault" | "payload" | "rule";
/** Makes a target, with some of the code under it exchanged. */
export const TARGETS: Readonly<Record<TargetName, (code?: Readonly<Record<string, unknown>>) => Target>>;
export const NAMES: readonly TargetName[];
