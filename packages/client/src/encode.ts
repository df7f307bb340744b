import { ProtocolError } from "./protocol/errors.ts";
import { frameHead } from "./protocol/frame.ts";
import type { HeaderFields } from "./protocol/header.ts";
import { decodeHeader, encodeHeader } from "./protocol/header.ts";
import { PROTOCOL_VERSION } from "./protocol/limits.ts";
import { decodeRequest, payloadLimit } from "./protocol/requests.ts";
import type { RequestOf, Verb } from "./protocol/verbs.ts";
import { SottoError } from "./sotto-error.ts";

/**
 * The frame of a request up to its payload: prefix and header, which hold nothing secret.
 * The header is put to the agent's own decoder first. Throws `bad-request` or `too-large`.
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
    const header = encodeHeader(fields);
    decodeRequest(decodeHeader(header));
    return header;
  } catch (cause) {
    // A fraction or NaN cannot even be encoded as a header: to the caller that is one more field that is not valid.
    const tooLarge = cause instanceof ProtocolError && cause.code === "too-large";
    throw new SottoError(tooLarge ? "too-large" : "bad-request");
  }
}
