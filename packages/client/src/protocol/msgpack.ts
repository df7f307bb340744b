/**
 * The one place that calls msgpackr, without its optional native part (hence `msgpackr/pack`),
 * and never before the strict scan.
 */
import * as untyped from "msgpackr/pack";
import { ProtocolError } from "./errors.ts";
import type { ScanOptions } from "./scanner.ts";
import { scan } from "./scanner.ts";

// The sub-path's own type declarations do not resolve under nodenext; the package's main ones describe the same classes.
const { Packr, Unpackr } = untyped as unknown as Pick<typeof import("msgpackr"), "Packr" | "Unpackr">;

const packr = new Packr({
  useRecords: false,
  structuredClone: false,
  mapsAsObjects: false,
  variableMapSize: true, // or an object is written in a longer form than a Map
});
const unpackr = new Unpackr({
  useRecords: false,
  structuredClone: false,
  mapsAsObjects: false,
  int64AsType: "number",
});

/** Encodes Maps, arrays, strings, booleans, null, integers and, where a vault wants them, bytes. */
export function pack(value: unknown): Buffer {
  return packr.pack(packable(value));
}

/**
 * Decodes exactly one map after the strict scan. Byte strings are views into `bytes`.
 * Throws `bad-frame` or `bad-request` (see `scan`), never a message that quotes the bytes.
 */
export function unpack(bytes: Uint8Array, options?: ScanOptions): ReadonlyMap<string, unknown> {
  scan(bytes, options);
  try {
    return unpackr.unpack(bytes) as ReadonlyMap<string, unknown>;
  } catch {
    throw new ProtocolError("bad-frame"); // no cause: msgpackr quotes what it could not read
  }
}

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
