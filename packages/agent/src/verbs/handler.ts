import type { ReplyOf, RequestOf, Verb } from "@sotto/client/protocol";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import type { PendingValue } from "../vault/value-writer.ts";

/** Where the bytes of a reply's payload come from: read in order, straight into secure memory. */
export interface PayloadSource {
  /** All bytes that it will give. */
  readonly length: number;
  /** Writes the next bytes at the start of `target` and returns how many; 0 at the end. */
  read(target: Buffer): number;
  /** Wipes what it holds. Called once, whatever happened. */
  close?(): void;
}

/** A request on its way through a handler. */
export interface Call<V extends Verb> {
  readonly fields: RequestOf<V>;
  readonly session: Session;
  /** A passphrase, recovery code or token, in secure memory that is wiped when the handler has ended. */
  readonly payload: Buffer;
  /** For `set` alone: the value, sealed as it came in. */
  readonly value: PendingValue | undefined;
  /** Becomes true when the peer has gone: what has not begun yet need not begin. */
  readonly gone: () => boolean;
  /** Calls `wake` when the peer will send nothing more, or is gone; at most one for each call. */
  readonly whenGone: (wake: () => void) => void;
}

/** What a handler answers, and what the audit should say about it. */
export interface Answer<V extends Verb> {
  readonly fields: ReplyOf<V>;
  readonly payload?: PayloadSource;
  /** The rule that allowed it, or that was made or revoked. */
  readonly rule?: string | undefined;
  /** Allowed for an administrator, not by a rule. */
  readonly admin?: boolean | undefined;
  readonly note?: string | undefined;
}

export type Handler<V extends Verb> = (agent: Agent, call: Call<V>) => Answer<V> | Promise<Answer<V>>;
