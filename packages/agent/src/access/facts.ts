import type { FileId, ProcessFacts } from "../platform/index.ts";

/** What is known of a peer when its request is judged. What is missing is unknown, and fails the rule that asks for it. */
export interface Facts extends ProcessFacts {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** On Windows. */
  readonly sid?: string | undefined;
  /** The label of the token that came with the request and is good. */
  readonly token?: string | undefined;
  /** Of its program, as lower-case hexadecimal digits. */
  readonly sha256?: string | undefined;
  /** What the paths in rules mean now: programs that nobody but root could have changed. */
  readonly programs?: ReadonlyMap<string, FileId>;
}

/** All of them by name, so that none is forgotten where they are put together. */
export type AllFacts = { readonly [K in keyof Required<Facts>]: Facts[K] };
