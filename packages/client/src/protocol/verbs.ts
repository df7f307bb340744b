import type { RuleReason, VaultReason } from "./errors.ts";
import type { Attributes } from "./fields.ts";
import type {
  DecisionKind,
  DescribedPeer,
  Identity,
  Narrowing,
  Operation,
  RuleInfo,
  RuleVerdict,
} from "./rules.ts";

/** `uninitialised`: there is no vault. Never guessed, always asked of the agent. */
export const STATES = ["uninitialised", "locked", "unlocked"] as const;
export type State = (typeof STATES)[number];

/** How the keys are kept: on pages not even root can read, on pages that never reach swap, or neither. */
export const MEMORY_MODES = ["secret", "locked", "weak"] as const;
export type MemoryMode = (typeof MEMORY_MODES)[number];

/** Things an unlock went through with and that the administrator should know. */
export const WARNINGS = [
  "last-seen-missing",
  "rollback-accepted",
  "kdf-upgraded",
  "durability-unknown",
] as const;
export type Warning = (typeof WARNINGS)[number];

/** The last two are kept by Windows, for an account or for anybody on the machine, and need nobody to type anything. */
export const SLOT_KINDS = ["passphrase", "recovery", "dpapi-user", "dpapi-machine"] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

export type Empty = Record<never, never>;

/** A token as it may be shown: never its bytes, nor their hash. Times are milliseconds since 1970. */
export interface TokenInfo {
  readonly label: string;
  readonly created: number;
  /** Good for this uid only. */
  readonly uid?: number;
  /** No longer good from this moment on. */
  readonly expires?: number;
}

/** A checkpoint of the audit: the head of the chain before it, and its code, as hexadecimal digits. */
export interface Checkpoint {
  readonly head: string;
  readonly mac: string;
}

/** The last time that a secret was given out. */
export interface LastFetch {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly uid?: number;
  /** On Windows, instead of `uid`. */
  readonly sid?: string;
  readonly pid: number;
  /** The rule that allowed it; none for an administrator. */
  readonly rule?: string;
}

export interface VersionInfo {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Length of the value in bytes. */
  readonly size: number;
}

export interface SlotInfo {
  readonly id: string;
  readonly kind: SlotKind;
  readonly label: string;
  readonly kdfMemoryKib: number;
  readonly kdfPasses: number;
}

/** `failing`: nothing can be put on record, so nothing is given out. */
export const AUDIT_STATES = ["ok", "failing"] as const;
export type AuditState = (typeof AUDIT_STATES)[number];

/** What everyone may know; the second part is for administrators only. Times are milliseconds since 1970. */
export interface StatusReply {
  readonly state: State;
  readonly pid: number;
  readonly version: string;
  readonly protocol: number;
  readonly memory: MemoryMode;
  readonly uptimeSeconds: number;
  readonly vaultId?: string | null;
  readonly generation?: number | null;
  readonly secrets?: number | null;
  readonly rules?: number | null;
  readonly unlockedAt?: number | null;
  readonly unlockedByUid?: number | null;
  /** On Windows, where `unlockedByUid` is null. */
  readonly unlockedBySid?: string | null;
  readonly locksAt?: number | null;
  readonly audit?: AuditState;
  readonly durability?: "known" | "unknown";
}

/** `durable: false`: the change is in force and saved, but the folder could not be synced to the disk. */
interface Saved {
  readonly durable: boolean;
}

/**
 * Each verb with the fields of its request and of its reply; payloads are named in the comment.
 * A verb added here fails the build in two places: its decoder (requests.ts) and its handler (the agent's verbs/).
 */
export interface Verbs {
  status: { request: Empty; reply: StatusReply };
  /** Payload: the passphrase. Reply payload: the recovery code, empty when none was asked for. */
  init: { request: { readonly recovery?: boolean }; reply: Saved & { readonly slot: string } };
  /**
   * Payload: the passphrase or recovery code. `kept`: none, and alone or with `ttlMs`: by a key that the system keeps, which
   * proves nothing of who asks.
   */
  unlock: {
    request: {
      readonly ttlMs?: number;
      readonly recovery?: boolean;
      readonly kept?: boolean;
      readonly acceptRollback?: boolean;
      readonly upgradeKdf?: boolean;
    };
    reply: { readonly warnings: readonly Warning[] };
  };
  /** Payload: the passphrase or recovery code. Proves it on this connection and gives its login session a ticket. */
  auth: { request: { readonly recovery?: boolean }; reply: { readonly slot: string } };
  lock: { request: Empty; reply: Empty };
  stop: { request: Empty; reply: Empty };
  /** Answers when the agent is unlocked or the time is over, whichever comes first. */
  wait: { request: { readonly timeoutMs: number }; reply: { readonly state: State } };
  /** Payload: a token, or empty. Reply payload: the value. `admin`: as an administrator, without a rule. */
  get: {
    request: { readonly name: string; readonly admin?: boolean };
    reply: { readonly attributes: Attributes; readonly version: number };
  };
  /** Names in order, a page at a time: ask again with `after` = the last name while `more`. */
  list: {
    request: { readonly prefix?: string; readonly all?: boolean; readonly after?: string };
    reply: { readonly names: readonly string[]; readonly more: boolean };
  };
  /** The newest versions come first; `totalVersions` counts those left out too. */
  show: {
    request: { readonly name: string };
    reply: {
      readonly attributes: Attributes;
      readonly versions: readonly VersionInfo[];
      readonly totalVersions: number;
      /** nil: the audit knows of none. */
      readonly lastFetch?: LastFetch | null;
    };
  };
  /** Payload: the value. Attributes are merged; an empty one is removed. `ifVersion: 0`: it must not exist. */
  set: {
    request: { readonly name: string; readonly attributes?: Attributes; readonly ifVersion?: number };
    reply: Saved & { readonly version: number };
  };
  rename: { request: { readonly name: string; readonly to: string }; reply: Saved };
  /** Removes the secret, its versions and the rules that name exactly it. */
  remove: { request: { readonly name: string }; reply: Saved };
  /** Makes an earlier version the newest again, under a new number. */
  restore: {
    request: { readonly name: string; readonly version: number };
    reply: Saved & { readonly version: number };
  };
  /** Keeps the newest `keep` versions, the current one included. */
  prune: {
    request: { readonly name: string; readonly keep: number };
    reply: Saved & { readonly removed: number };
  };
  grant: {
    request: Identity & Narrowing & { readonly selector: string; readonly may: readonly Operation[] };
    reply: Saved & { readonly rule: string };
  };
  /** Rules by id, a page at a time; with `name`, those that concern this secret. */
  rules: {
    request: { readonly name?: string; readonly after?: string };
    reply: { readonly rules: readonly RuleInfo[]; readonly more: boolean };
  };
  revoke: { request: { readonly rule: string }; reply: Saved };
  /** Payload: the new passphrase, for the slot that `auth` opened on this connection. */
  passwd: { request: Empty; reply: Saved };
  slots: { request: Empty; reply: { readonly slots: readonly SlotInfo[] } };
  /** Payload: the passphrase of the new slot; empty for the other kinds. A recovery code is the reply's payload. */
  "slot-add": {
    request: { readonly kind: SlotKind; readonly label?: string };
    reply: Saved & { readonly slot: string };
  };
  "slot-remove": { request: { readonly slot: string }; reply: Saved };
  /** Payload: a passphrase or recovery code; none with `kept`. Says which slot it opens; changes nothing. */
  "slot-test": {
    request: { readonly recovery?: boolean; readonly kept?: boolean };
    reply: { readonly slot: string };
  };
  /** Payload: empty. Reply payload: the token, which is kept nowhere. */
  "token-new": {
    request: { readonly label: string; readonly uid?: number; readonly expires?: number };
    reply: Saved;
  };
  /** Ordered by label, a page at a time. */
  tokens: {
    request: { readonly after?: string };
    reply: { readonly tokens: readonly TokenInfo[]; readonly more: boolean };
  };
  "token-revoke": { request: { readonly label: string }; reply: Saved };
  /**
   * The decision as it would fall, for a live process (`pid`) or a described one (`peer`), rule by rule, ordered by id,
   * a page at a time. `at`: as if it were then, in milliseconds since 1970. What a rule allows is not used up by asking.
   */
  explain: {
    request: {
      readonly name: string;
      readonly operation: Operation;
      readonly pid?: number;
      readonly peer?: DescribedPeer;
      readonly at?: number;
      readonly after?: string;
    };
    reply: {
      readonly decision: DecisionKind;
      /** Whether there is such a secret at all: without one even an allowed `get` is denied. */
      readonly exists: boolean;
      /** The peer as the agent sees it. */
      readonly peer: DescribedPeer;
      readonly rules: readonly RuleVerdict[];
      readonly more: boolean;
    };
  };
  /** Whether checkpoints of the audit are this vault's own; one answer for each, in order. */
  "audit-check": {
    request: { readonly checkpoints: readonly Checkpoint[] };
    /** `key` tells keys apart and nothing about them: a checkpoint names the one that it was made with. */
    reply: { readonly key: string; readonly good: readonly boolean[] };
  };
}

export type Verb = keyof Verbs;
export type RequestOf<V extends Verb> = Verbs[V]["request"];
export type ReplyOf<V extends Verb> = Verbs[V]["reply"];

/** What an error reply may carry beside its code. All constant or numeric: never anything that a peer sent. */
export interface ErrorDetails {
  /** `rate-limited`, `throttled`: try again after this many milliseconds. */
  readonly retryAfterMs?: number;
  /** `bad-request`, `unsupported-version`: the versions that the agent speaks. */
  readonly supported?: readonly number[];
  /** `vault-damaged` and refused rules, to administrators: why. */
  readonly reason?: VaultReason | RuleReason;
  /** `vault-damaged` for reason `version`: the version that the vault needs. */
  readonly needsVersion?: number;
}
