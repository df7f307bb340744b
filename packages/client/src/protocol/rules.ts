/* Rules as they are shown and judged: who may do what with which secrets, and when. */

/** What a rule may permit. */
export const OPERATIONS = ["get", "set"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A name of the user database beside the id that it had when the rule was made; the id decides. */
export interface NamedId {
  readonly name: string;
  readonly id: number;
}

/** An account of Windows. */
export interface NamedSid {
  /** `S-1-5-...` */
  readonly sid: string;
  /** As it was named when the rule was made; for people only. */
  readonly name?: string;
}

/** Who a rule is for. Kinds are ANDed, repeats of one kind ORed; at least one is needed. */
export interface Identity {
  readonly uids?: readonly number[];
  readonly users?: readonly NamedId[];
  readonly gids?: readonly number[];
  readonly groups?: readonly NamedId[];
  /** On Windows, in the place of all of the above. */
  readonly sids?: readonly NamedSid[];
  /** Names of systemd system units, such as `backup.service`. */
  readonly units?: readonly string[];
  /** Labels of tokens. */
  readonly tokens?: readonly string[];
}

/** At most `count` fetches in any `perMs` milliseconds, for each rule and uid. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** What makes a rule narrower. Within one uid these are guard rails, no boundary. Kinds are ANDed, repeats ORed. */
export interface Narrowing {
  /** Absolute paths of programs. */
  readonly exes?: readonly string[];
  /** `exes` may name an interpreter, which runs whatever it is told to. */
  readonly interpreter?: boolean;
  /** SHA-256 of programs, 64 lower-case hexadecimal digits. */
  readonly sha256s?: readonly string[];
  /** Absolute paths of programs among the nearest ancestors of the peer. */
  readonly ancestors?: readonly string[];
  /** Times of the week, see `parseWindow`. */
  readonly windows?: readonly string[];
  readonly rate?: Rate;
  /** For one fetch only. */
  readonly once?: boolean;
  /** No longer from this moment on, in milliseconds since 1970. */
  readonly expires?: number;
}

/** Permission for peers of an identity to read or replace what the selector names. */
export interface RuleInfo extends Identity, Narrowing {
  readonly id: string;
  /** The name of one secret, or `prefix/**`. */
  readonly selector: string;
  readonly may: readonly Operation[];
  /** When a rule for one fetch was used up, in milliseconds since 1970. */
  readonly used?: number;
}

/** The conditions of a rule in the order in which they are judged. */
export const CONDITIONS = [
  "operation",
  "uid",
  "user",
  "gid",
  "group",
  "sid",
  "token",
  "once",
  "expires",
  "window",
  "unit",
  "exe",
  "sha256",
  "ancestor",
  "rate",
] as const;
export type Condition = (typeof CONDITIONS)[number];

export const DECISIONS = ["allowed", "denied", "rate-limited"] as const;
/** How a request is decided. */
export type DecisionKind = (typeof DECISIONS)[number];

/** A peer that is described instead of looked at. What is left out is taken as unknown, and fails the rules that ask for it. */
export interface DescribedPeer {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** On Windows; `uid` is then a number without a meaning. */
  readonly sid?: string;
  readonly unit?: string;
  /** The label of a token. */
  readonly token?: string;
  /** The path of its program. */
  readonly exe?: string;
  readonly sha256?: string;
  /** Paths of the programs of its ancestors. */
  readonly ancestors?: readonly string[];
}

/** How one rule judges a request: the first condition that fails, or none. */
export interface RuleVerdict {
  readonly rule: string;
  readonly failed: Condition | null;
}
