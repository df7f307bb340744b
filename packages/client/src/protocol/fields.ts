import { ProtocolError } from "./errors.ts";
import { MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTE_KEY, MAX_ATTRIBUTES, MAX_ATTRIBUTES_BYTES } from "./limits.ts";
import { isSecretName, isSelector } from "./names.ts";
import { isPrintable } from "./printable.ts";

/** Turns a decoded msgpack value into a typed field, or throws `bad-request`. A missing field arrives as undefined. */
export type Decoder<T> = (value: unknown) => T;
/** One decoder for each field of `T`: a field without one does not compile. */
export type FieldDecoders<T> = { readonly [K in keyof T]-?: Decoder<T[K]> };
/** Attributes of a secret: short strings that are not secret. */
export type Attributes = Readonly<Record<string, string>>;

const refuse = (): never => {
  throw new ProtocolError("bad-request");
};

export const flag: Decoder<boolean> = (value) => (typeof value === "boolean" ? value : refuse());

/** An integer from `min` to `max`, both included. */
export const integer =
  (min = 0, max = Number.MAX_SAFE_INTEGER): Decoder<number> =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : refuse();

/** Text of at most `max` UTF-8 bytes, without control characters. */
export const text =
  (max: number): Decoder<string> =>
  (value) =>
    typeof value === "string" && Buffer.byteLength(value) <= max && isPrintable(value) ? value : refuse();

export const secretName: Decoder<string> = (value) =>
  typeof value === "string" && isSecretName(value) ? value : refuse();

export const selector: Decoder<string> = (value) =>
  typeof value === "string" && isSelector(value) ? value : refuse();

export const optional =
  <T>(decoder: Decoder<T>): Decoder<T | undefined> =>
  (value) =>
    value === undefined ? undefined : decoder(value);

/** nil on the wire. */
export const nullable =
  <T>(decoder: Decoder<T>): Decoder<T | null> =>
  (value) =>
    value === null ? null : decoder(value);

export const oneOf =
  <const T extends string>(...allowed: readonly T[]): Decoder<T> =>
  (value) =>
    allowed.find((candidate) => candidate === value) ?? refuse();

export const list =
  <T>(decoder: Decoder<T>, max: number): Decoder<readonly T[]> =>
  (value) =>
    Array.isArray(value) && value.length <= max ? value.map(decoder) : refuse();

/** A nested map, strict: an unknown key is refused. */
export const record =
  <T>(decoders: FieldDecoders<T>): Decoder<T> =>
  (value) =>
    value instanceof Map ? decodeFields(value, decoders, { strict: true }) : refuse();

const ATTRIBUTE_KEY = /^[A-Za-z0-9_.-]+$/;

const isAttribute = (key: unknown, value: unknown): boolean =>
  typeof key === "string" &&
  key.length <= MAX_ATTRIBUTE_KEY &&
  ATTRIBUTE_KEY.test(key) &&
  typeof value === "string" &&
  Buffer.byteLength(value) <= MAX_ATTRIBUTE_BYTES &&
  isPrintable(value);

/** The result has no prototype: a key that is not there is undefined, whatever it is called. */
export const attributes: Decoder<Attributes> = (value) => {
  if (!(value instanceof Map) || value.size > MAX_ATTRIBUTES) return refuse();
  const pairs = [...(value as Map<string, string>)];
  if (!pairs.every(([key, one]) => isAttribute(key, one))) return refuse();
  if (attributesBytes(pairs) > MAX_ATTRIBUTES_BYTES) return refuse();
  const result = Object.create(null) as Record<string, string>;
  for (const [key, one] of pairs) result[key] = one;
  return result;
};

/** The size of attributes as the limit counts them: UTF-8 bytes of keys and values. */
export function attributesBytes(pairs: Iterable<readonly [string, string]>): number {
  let sum = 0;
  for (const [key, value] of pairs) sum += Buffer.byteLength(key) + Buffer.byteLength(value);
  return sum;
}

/** Decodes the fields of `T` out of a map. `strict` refuses keys that `T` does not have, but for `others` that are known. */
export function decodeFields<T>(
  map: ReadonlyMap<unknown, unknown>,
  decoders: FieldDecoders<T>,
  options: { strict: boolean; others?: number },
): T {
  const result: Record<string, unknown> = {};
  let met = options.others ?? 0;
  for (const key in decoders) {
    if (map.has(key)) met++;
    const value = decoders[key](map.get(key));
    if (value !== undefined) result[key] = value;
  }
  if (options.strict && met !== map.size) refuse();
  return result as T;
}
