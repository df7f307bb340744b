/**
 * msgpack of vaults: larger than headers, and with bytes in it. The one place that calls msgpackr, to write, without its
 * optional native part (hence `msgpackr/pack`). A job never loads it: that would take longer than its fetch.
 */
import * as untyped from "msgpackr/pack";
import type { ReadOptions } from "./scanner.ts";
import { read } from "./scanner.ts";

// The sub-path's own type declarations do not resolve under nodenext; the package's main ones describe the same classes.
const { Packr } = untyped as unknown as Pick<typeof import("msgpackr"), "Packr">;

const packr = new Packr({
  useRecords: false,
  structuredClone: false,
  mapsAsObjects: false,
  variableMapSize: true, // or an object is written in a longer form than a Map
});

/** Encodes Maps, arrays, strings, booleans, null, integers and, where a vault wants them, bytes. */
export function pack(value: unknown): Buffer {
  return packr.pack(packable(value));
}

/**
 * Decodes exactly one map, strictly. Byte strings are views into `bytes`.
 * Throws `bad-frame` or `bad-request` (see `read`), never a message that quotes the bytes.
 */
export const unpack = (bytes: Uint8Array, options?: ReadOptions): ReadonlyMap<string, unknown> =>
  read(bytes, options);

/** Objects and Maps become Maps without their undefined fields; wide integers become bigint, or msgpackr would write a float. */
function packable(value: unknown): unknown {
  if (typeof value === "number") return isNarrow(value) ? value : BigInt(value);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(packable);
  if (isPlain(value) && Object.values(value).every(isReady)) return value;
  const map = new Map<unknown, unknown>();
  for (const [key, field] of value instanceof Map ? (value as Map<unknown, unknown>) : Object.entries(value))
    if (field !== undefined) map.set(key, packable(field));
  return map;
}

/** Of any other object msgpackr would call a `toJSON`, which may be the key of an attribute. */
const isPlain = (value: object): boolean => value.constructor === Object;

/** What msgpackr itself writes as it should: then the object around it need not be copied. */
const isReady = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && isNarrow(value));

const isNarrow = (value: number): boolean => value >= -0x80000000 && value <= 0xffffffff;
