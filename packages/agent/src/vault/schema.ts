import { ProtocolError, unpack } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";
import type { Contents, Secret, Token, Version } from "./contents.ts";
import { damaged } from "./damage.ts";
import { KEY_BYTES } from "./derive.ts";
import { MAX_VALUE_BYTES } from "./limits.ts";
import { sealedLength } from "./seal.ts";
import { asNamed, asRule, asToken, isTime } from "./shapes.ts";
import type { OpenSlot, SlotRecord } from "./slot.ts";

/*
 * The decoded payload, judged: every field known and present, every value of its type and within its limits.
 * Everything here throws `vault-damaged` with the reason `schema`.
 */

const SECRET_ID_BYTES = 16;

/** Deepest nesting: payload, rules, rule, users, user. */
const DEPTH = 5;

/** Decodes one msgpack map after the strict scan. */
export function unpackStrictly(bytes: Buffer): ReadonlyMap<string, unknown> {
  try {
    return unpack(bytes, { binary: true, maxDepth: DEPTH });
  } catch (error) {
    if (error instanceof ProtocolError) throw damaged("schema", error);
    throw error;
  }
}

/**
 * The whole payload. `slots` are those of the header: each needs its public key here, in the same order.
 * `met` is told of each secret and the bytes that describe it.
 */
export function readPayload(
  bytes: Buffer,
  slots: readonly SlotRecord[],
  met: (secret: Secret, description: Buffer) => void,
): { contents: Contents; slots: OpenSlot[] } {
  const [secrets, rules, tokens, settings, keys] = fieldsOf(unpackStrictly(bytes), [
    "secrets",
    "rules",
    "tokens",
    "settings",
    "slots",
  ]);
  if (!(settings instanceof Map) || settings.size > 0) throw damaged("schema");
  return {
    contents: {
      secrets: readSecrets(listOf(secrets), met),
      rules: readRules(rules),
      tokens: readTokens(tokens),
    },
    slots: readSlotKeys(listOf(keys), slots),
  };
}

function readSecrets(
  list: readonly unknown[],
  met: (secret: Secret, description: Buffer) => void,
): ReadonlyMap<string, Secret> {
  const secrets = new Map<string, Secret>();
  const ids = new Set<string>();
  for (const one of list) {
    const parts = listOf(one);
    const secret = readSecret(parts);
    met(secret, bytesOf(parts[0]));
    secrets.set(secret.name, secret);
    ids.add(secret.id.toString("latin1"));
  }
  if (secrets.size !== list.length || ids.size !== list.length) throw damaged("schema");
  return secrets;
}

/** One secret: its description, a msgpack document of its own, then the sealed value of each version. */
export function readSecret([description, ...sealed]: readonly unknown[]): Secret {
  const fields = unpackStrictly(bytesOf(description));
  const [id, name, attributes, list] = fieldsOf(fields, ["id", "name", "attributes", "versions"]);
  const descriptions = listOf(list);
  if (descriptions.length === 0 || descriptions.length !== sealed.length) throw damaged("schema");
  const versions = descriptions.map((one, i) => readVersion(one, sealed[i]));
  if (versions.some(({ number }, i) => number <= (versions[i - 1]?.number ?? 0))) throw damaged("schema");
  return { id: bytesOf(id, SECRET_ID_BYTES), ...asNamed(name, attributes), versions };
}

function readVersion(value: unknown, sealed: unknown): Version {
  const [number, created, size] = fieldsOf(value, ["number", "created", "size"]);
  if (!isTime(created) || !isTime(number) || !isTime(size) || size > MAX_VALUE_BYTES) throw damaged("schema");
  return { number, created, size, sealed: bytesOf(sealed, sealedLength(size)) };
}

export function readRules(value: unknown): Rule[] {
  const rules = listOf(value).map(asRule);
  if (new Set(rules.map(({ id }) => id)).size !== rules.length) throw damaged("schema");
  return rules;
}

export function readTokens(value: unknown): Token[] {
  const tokens = listOf(value).map(asToken);
  if (new Set(tokens.map(({ label }) => label)).size !== tokens.length) throw damaged("schema");
  return tokens;
}

function readSlotKeys(list: readonly unknown[], slots: readonly SlotRecord[]): OpenSlot[] {
  if (list.length !== slots.length) throw damaged("schema");
  return slots.map((slot, i) => {
    const [id, key] = fieldsOf(list[i], ["id", "key"]);
    if (!bytesOf(id, slot.id.length).equals(slot.id)) throw damaged("schema");
    return { ...slot, publicKey: bytesOf(key, KEY_BYTES) };
  });
}

/** The values of exactly these fields of a map. */
function fieldsOf(value: unknown, names: readonly string[]): unknown[] {
  if (!(value instanceof Map) || value.size !== names.length) throw damaged("schema");
  if (!names.every((name) => value.has(name))) throw damaged("schema");
  return names.map((name) => value.get(name) as unknown);
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged("schema");
  return value;
}

function bytesOf(value: unknown, length?: number): Buffer {
  if (!Buffer.isBuffer(value) || value.length !== (length ?? value.length)) throw damaged("schema");
  return value;
}
