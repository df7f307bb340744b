import { ProtocolError } from "./protocol/errors.ts";
import { frameHead } from "./protocol/frame.ts";
import type { DecodedHeader, HeaderFields } from "./protocol/header.ts";
import { encodeHeader } from "./protocol/header.ts";
import { PROTOCOL_VERSION } from "./protocol/limits.ts";
import { decodeRequest, payloadLimit } from "./protocol/requests.ts";
import type { RequestOf, Verb } from "./protocol/verbs.ts";
import { SottoError } from "./sotto-error.ts";

/**
 * The frame of a request up to its payload: prefix and header, which hold nothing secret.
 * The fields are put to the agent's own decoder first. Throws `bad-request` or `too-large`.
 */
export function encodeRequest<V extends Verb>(
  id: number,
  verb: V,
  fields: RequestOf<V>,
  payloadLength: number,
): Buffer {
  const header = checkedHeader({ v: PROTOCOL_VERSION, id, verb, ...(fields as HeaderFields) });
  if (payloadLength > payloadLimit(verb)) throw new SottoError("too-large");
  return frameHead(header, payloadLength);
}

function checkedHeader(fields: HeaderFields): Buffer {
  try {
    decodeRequest(asDecoded(fields) as DecodedHeader);
    return encodeHeader(fields);
  } catch (cause) {
    // A fraction or NaN cannot even be encoded as a header: to the caller that is one more field that is not valid.
    const tooLarge = cause instanceof ProtocolError && cause.code === "too-large";
    throw new SottoError(tooLarge ? "too-large" : "bad-request");
  }
}

/** Fields as they would come out of a header at the other end: maps are Maps, and what is undefined is not there. */
function asDecoded(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(asDecoded);
  const map = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) if (field !== undefined) map.set(key, asDecoded(field));
  return map;
}
