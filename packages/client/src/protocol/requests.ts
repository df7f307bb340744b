import { ProtocolError } from "./errors.ts";
import type { FieldDecoders } from "./fields.ts";
import {
  attributes,
  decodeFields,
  flag,
  integer,
  list,
  oneOf,
  optional,
  record,
  secretName,
  text,
} from "./fields.ts";
import type { DecodedHeader } from "./header.ts";
import {
  MAX_CHECKPOINTS,
  MAX_LABEL_BYTES,
  MAX_PASSPHRASE_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_WAIT_MS,
  PROTOCOL_VERSION,
} from "./limits.ts";
import { describedPeer, granted, label, time, unixId } from "./rule-fields.ts";
import { OPERATIONS } from "./rules.ts";
import type { Checkpoint, RequestOf, Verb } from "./verbs.ts";
import { SLOT_KINDS } from "./verbs.ts";

/** A decoded request; `verb` tells the type of its fields. */
export type Request = {
  [V in Verb]: { readonly id: number; readonly verb: V; readonly fields: RequestOf<V> };
}[Verb];

/** Ids of rules and slots are lower-case hexadecimal; what else is sent simply is not found. */
const objectId = text(64);
const digest = text(64);
const TEN_YEARS_MS = 10 * 366 * 86_400_000;

interface VerbRules<V extends Verb> {
  /** Longest payload in bytes. */
  readonly payload: number;
  readonly fields: FieldDecoders<RequestOf<V>>;
}

const REQUESTS: { readonly [V in Verb]: VerbRules<V> } = {
  status: { payload: 0, fields: {} },
  init: { payload: MAX_PASSPHRASE_BYTES, fields: { recovery: optional(flag) } },
  unlock: {
    payload: MAX_PASSPHRASE_BYTES,
    fields: {
      ttlMs: optional(integer(1, TEN_YEARS_MS)),
      recovery: optional(flag),
      kept: optional(flag),
      acceptRollback: optional(flag),
      upgradeKdf: optional(flag),
    },
  },
  auth: { payload: MAX_PASSPHRASE_BYTES, fields: { recovery: optional(flag) } },
  lock: { payload: 0, fields: {} },
  stop: { payload: 0, fields: {} },
  wait: { payload: 0, fields: { timeoutMs: integer(1, MAX_WAIT_MS) } },
  get: { payload: MAX_PASSPHRASE_BYTES, fields: { name: secretName, admin: optional(flag) } },
  list: {
    payload: 0,
    fields: { prefix: optional(secretName), all: optional(flag), after: optional(secretName) },
  },
  show: { payload: 0, fields: { name: secretName } },
  set: {
    payload: MAX_PAYLOAD_BYTES,
    fields: { name: secretName, attributes: optional(attributes), ifVersion: optional(integer()) },
  },
  rename: { payload: 0, fields: { name: secretName, to: secretName } },
  remove: { payload: 0, fields: { name: secretName } },
  restore: { payload: 0, fields: { name: secretName, version: integer(1) } },
  prune: { payload: 0, fields: { name: secretName, keep: integer(1) } },
  grant: { payload: 0, fields: granted },
  rules: { payload: 0, fields: { name: optional(secretName), after: optional(objectId) } },
  revoke: { payload: 0, fields: { rule: objectId } },
  passwd: { payload: MAX_PASSPHRASE_BYTES, fields: {} },
  slots: { payload: 0, fields: {} },
  "slot-add": {
    payload: MAX_PASSPHRASE_BYTES,
    fields: { kind: oneOf(...SLOT_KINDS), label: optional(text(MAX_LABEL_BYTES)) },
  },
  "slot-remove": { payload: 0, fields: { slot: objectId } },
  "slot-test": {
    payload: MAX_PASSPHRASE_BYTES,
    fields: { recovery: optional(flag), kept: optional(flag) },
  },
  "token-new": { payload: 0, fields: { label, uid: optional(unixId), expires: optional(time) } },
  tokens: { payload: 0, fields: { after: optional(label) } },
  "token-revoke": { payload: 0, fields: { label } },
  explain: {
    payload: 0,
    fields: {
      name: secretName,
      operation: oneOf(...OPERATIONS),
      pid: optional(integer(1, 0x7fff_ffff)),
      peer: optional(describedPeer),
      at: optional(time),
      after: optional(objectId),
    },
  },
  "audit-check": {
    payload: 0,
    fields: { checkpoints: list(record<Checkpoint>({ head: digest, mac: digest }), MAX_CHECKPOINTS) },
  },
};

/** True for the verbs of this protocol. */
const isVerb = (value: unknown): value is Verb => typeof value === "string" && Object.hasOwn(REQUESTS, value);

/** The longest payload that a verb takes, in bytes. */
export function payloadLimit(verb: Verb): number {
  return REQUESTS[verb].payload;
}

/** The id to echo, even when the rest of the request is refused; null when there is none to echo. */
export function requestId(header: DecodedHeader): number | null {
  const id = header.get("id");
  return Number.isSafeInteger(id) && (id as number) >= 0 ? (id as number) : null;
}

/** `v`, `id` and `verb`, which every request has. */
const COMMON_FIELDS = 3;

/**
 * Decodes a request, strictly: an unknown verb, field or type is refused, nothing is coerced.
 * Throws `bad-request`, or `unsupported-version` for another integer than ours in `v`.
 */
export function decodeRequest(header: DecodedHeader): Request {
  const version = header.get("v");
  if (version !== PROTOCOL_VERSION)
    throw new ProtocolError(Number.isSafeInteger(version) ? "unsupported-version" : "bad-request");
  const id = requestId(header);
  const verb = header.get("verb");
  if (id === null || !isVerb(verb)) throw new ProtocolError("bad-request");
  const decoders = REQUESTS[verb].fields as FieldDecoders<unknown>;
  const fields = decodeFields(header, decoders, { strict: true, others: COMMON_FIELDS });
  return { id, verb, fields } as Request;
}
