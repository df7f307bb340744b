import type { ErrorCode } from "./errors.ts";
import { isErrorCode, ProtocolError, RULE_REASONS, VAULT_REASONS } from "./errors.ts";
import type { FieldDecoders } from "./fields.ts";
import {
  attributes,
  decodeFields,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  record,
  secretName,
  text,
} from "./fields.ts";
import type { DecodedHeader } from "./header.ts";
import { MAX_CHECKPOINTS, MAX_PASSPHRASE_BYTES, MAX_PAYLOAD_BYTES, TOKEN_CHARACTERS } from "./limits.ts";
import { describedPeer, granted, label, sid } from "./rule-fields.ts";
import type { RuleInfo, RuleVerdict } from "./rules.ts";
import { CONDITIONS, DECISIONS } from "./rules.ts";
import type { ErrorDetails, LastFetch, ReplyOf, SlotInfo, TokenInfo, Verb, VersionInfo } from "./verbs.ts";
import { AUDIT_STATES, MEMORY_MODES, SLOT_KINDS, STATES, WARNINGS } from "./verbs.ts";

const SHORT = 256;
const MANY = 4096;
const id = text(SHORT);
const saved = { durable: flag };
const rule = record<RuleInfo>({ id, ...granted, used: optional(integer()) });
const version = record<VersionInfo>({ version: integer(1), created: integer(), size: integer() });
const slotInfo = record<SlotInfo>({
  id,
  kind: oneOf(...SLOT_KINDS),
  label: text(SHORT),
  kdfMemoryKib: integer(),
  kdfPasses: integer(),
});
const count = optional(nullable(integer()));
const token = record<TokenInfo>({
  label,
  created: integer(),
  uid: optional(integer()),
  expires: optional(integer()),
});
const lastFetch = record<LastFetch>({
  time: integer(),
  uid: optional(integer()),
  sid: optional(sid),
  pid: integer(),
  rule: optional(id),
});
const verdict = record<RuleVerdict>({ rule: id, failed: nullable(oneOf(...CONDITIONS)) });

const REPLIES: { readonly [V in Verb]: FieldDecoders<ReplyOf<V>> } = {
  status: {
    state: oneOf(...STATES),
    pid: integer(),
    version: text(SHORT),
    protocol: integer(),
    memory: oneOf(...MEMORY_MODES),
    uptimeSeconds: integer(),
    vaultId: optional(nullable(id)),
    generation: count,
    secrets: count,
    rules: count,
    unlockedAt: count,
    unlockedByUid: count,
    unlockedBySid: optional(nullable(sid)),
    locksAt: count,
    audit: optional(oneOf(...AUDIT_STATES)),
    durability: optional(oneOf("known", "unknown")),
  },
  init: { ...saved, slot: id },
  unlock: { warnings: list(oneOf(...WARNINGS), WARNINGS.length) },
  auth: { slot: id },
  lock: {},
  stop: {},
  wait: { state: oneOf(...STATES) },
  get: { attributes, version: integer(1) },
  list: { names: list(secretName, MANY), more: flag },
  show: {
    attributes,
    versions: list(version, MANY),
    totalVersions: integer(),
    lastFetch: optional(nullable(lastFetch)),
  },
  set: { ...saved, version: integer(1) },
  rename: saved,
  remove: saved,
  restore: { ...saved, version: integer(1) },
  prune: { ...saved, removed: integer() },
  grant: { ...saved, rule: id },
  rules: { rules: list(rule, MANY), more: flag },
  revoke: saved,
  passwd: saved,
  slots: { slots: list(slotInfo, SHORT) },
  "slot-add": { ...saved, slot: id },
  "slot-remove": saved,
  "slot-test": { slot: id },
  "token-new": saved,
  tokens: { tokens: list(token, MANY), more: flag },
  "token-revoke": saved,
  explain: {
    decision: oneOf(...DECISIONS),
    exists: flag,
    peer: describedPeer,
    rules: list(verdict, MANY),
    more: flag,
  },
  "audit-check": { key: id, good: list(flag, MAX_CHECKPOINTS) },
};

const ERROR_DETAILS: FieldDecoders<ErrorDetails> = {
  retryAfterMs: optional(integer()),
  supported: optional(list(integer(), SHORT)),
  reason: optional(oneOf(...VAULT_REASONS, ...RULE_REASONS)),
  needsVersion: optional(integer()),
};

/** Replies with a payload: a value, a recovery code or a token. */
const REPLY_PAYLOADS: { readonly [V in Verb]?: number } = {
  get: MAX_PAYLOAD_BYTES,
  init: MAX_PASSPHRASE_BYTES,
  "slot-add": MAX_PASSPHRASE_BYTES,
  "token-new": TOKEN_CHARACTERS,
};

/** The longest payload that a reply to `verb` may have, in bytes. An error has none. */
export function replyPayloadLimit(verb: Verb): number {
  return REPLY_PAYLOADS[verb] ?? 0;
}

/** A decoded reply: the fields of its verb, or the code of an error. */
export type Reply<V extends Verb> =
  | { readonly id: number | null; readonly ok: true; readonly fields: ReplyOf<V> }
  | {
      readonly id: number | null;
      readonly ok: false;
      readonly error: ErrorCode;
      readonly details: ErrorDetails;
    };

/**
 * Decodes the reply to a request of `verb`. Fields that this version does not know are passed over.
 * Throws a `ProtocolError` when it is no valid reply.
 */
export function decodeReply<V extends Verb>(verb: V, header: DecodedHeader): Reply<V> {
  const replyId = nullable(integer())(header.get("id"));
  if (header.get("ok") === true) {
    const decoders = REPLIES[verb] as FieldDecoders<ReplyOf<V>>;
    return { id: replyId, ok: true, fields: decodeFields(header, decoders, { strict: false }) };
  }
  const error = header.get("error");
  if (header.get("ok") !== false || !isErrorCode(error)) throw new ProtocolError("bad-frame");
  return { id: replyId, ok: false, error, details: decodeFields(header, ERROR_DETAILS, { strict: false }) };
}
