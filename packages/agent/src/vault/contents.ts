import type { Attributes, TokenInfo } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";

/** One value of a secret, sealed: its plaintext is never in ordinary memory. */
export interface Version {
  /** Counts from 1; unique within its secret. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Length of the value in bytes. */
  readonly size: number;
  /** The sealed chunks one after the other, exactly as the vault's payload holds them. */
  readonly sealed: Buffer;
}

export interface Secret {
  /** 16 random bytes that stay when the name changes: the values are sealed to them. */
  readonly id: Buffer;
  readonly name: string;
  readonly attributes: Attributes;
  /** Oldest first, at least one. */
  readonly versions: readonly Version[];
}

/** What is kept of a credential that a job was configured with. */
export interface Token extends TokenInfo {
  /** Of the token's characters, see `hashToken`: not secret, and yet never told. */
  readonly hash: Buffer;
}

/** What a vault holds. Immutable: a change makes another one, so that a reader never sees half of it. */
export interface Contents {
  /** By name. */
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly rules: readonly Rule[];
  /** In the order in which they were made; labels are unique. */
  readonly tokens: readonly Token[];
}

export const EMPTY_CONTENTS: Contents = { secrets: new Map(), rules: [], tokens: [] };
