import type { Attributes } from "@sotto/client/protocol";
import { decodeRequest, ProtocolError, PROTOCOL_VERSION } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";
import { isForSomebody } from "../access/rule.ts";
import type { Token } from "./contents.ts";
import { damaged } from "./damage.ts";
import { TOKEN_HASH_BYTES } from "./token.ts";

/*
 * What a vault may hold is what a request may make: the shapes are judged by the decoders of the wire protocol,
 * so that the two can never differ.
 */

type Fields = ReadonlyMap<unknown, unknown>;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const isId = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{1,64}$/.test(value);

/** A label of a slot. Throws `vault-damaged` (`slots`). */
export function asLabel(bytes: Buffer): string {
  try {
    const label = utf8.decode(bytes);
    decode("slot-add", [
      ["kind", "recovery"],
      ["label", label],
    ]);
    return label;
  } catch (error) {
    throw damaged("slots", error);
  }
}

/** Name and attributes of a secret. Throws `vault-damaged` (`schema`). */
export function asNamed(name: unknown, attributes: unknown): { name: string; attributes: Attributes } {
  const fields = decode("set", [
    ["name", name],
    ["attributes", attributes],
  ]);
  if (fields.attributes === undefined) throw damaged("schema");
  return { name: fields.name, attributes: fields.attributes };
}

/** A rule. Throws `vault-damaged` (`schema`), also for one that would match nobody or permit nothing. */
export function asRule(value: unknown): Rule {
  if (!(value instanceof Map)) throw damaged("schema");
  const { id, created, used, ...grant } = Object.fromEntries(value as Map<string, unknown>);
  if (!isId(id) || !isTime(created) || !(used === undefined || isTime(used))) throw damaged("schema");
  const fields = decode("grant", Object.entries(grant));
  if (!isForSomebody(fields)) throw damaged("schema");
  return { id, created, ...fields, ...(used !== undefined && { used }) };
}

/** A token. Throws `vault-damaged` (`schema`). */
export function asToken(value: unknown): Token {
  if (!(value instanceof Map)) throw damaged("schema");
  const { hash, created, ...fields } = Object.fromEntries(value as Map<string, unknown>);
  if (!Buffer.isBuffer(hash) || hash.length !== TOKEN_HASH_BYTES || !isTime(created)) throw damaged("schema");
  return { ...decode("token-new", Object.entries(fields)), hash, created };
}

/** Milliseconds since 1970. */
export const isTime = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

type Decoded = ReturnType<typeof decodeRequest>;
type FieldsOf<V extends Decoded["verb"]> = Extract<Decoded, { verb: V }>["fields"];

function decode<V extends Decoded["verb"]>(
  verb: V,
  fields: readonly (readonly [unknown, unknown])[],
): FieldsOf<V> {
  const common = [
    ["v", PROTOCOL_VERSION],
    ["id", 0],
    ["verb", verb],
  ] as const;
  const request: Fields = new Map<unknown, unknown>([...fields, ...common]);
  if (request.size < fields.length + common.length) throw damaged("schema"); // a request has these, what a vault holds has not
  try {
    return decodeRequest(request as ReadonlyMap<string, unknown>).fields as FieldsOf<V>;
  } catch (error) {
    if (error instanceof ProtocolError) throw damaged("schema", error);
    throw error;
  }
}
