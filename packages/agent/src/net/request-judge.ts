import type { Request } from "@sotto/client/protocol";
import { decodeHeader, decodeRequest, payloadLimit, ProtocolError, requestId } from "@sotto/client/protocol";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import type { Reply } from "../dispatch.ts";
import { malformed, refuse } from "../dispatch.ts";
import { admit } from "../gate.ts";
import { mightSet } from "../verbs/set.ts";

/** What becomes of a request whose header has been read: it is taken in, or answered at once and its payload dropped. */
export type Verdict =
  | { readonly request: Request; readonly value: boolean; readonly reply?: undefined }
  | { readonly request?: undefined; readonly value?: undefined; readonly reply: Reply };

/**
 * Judges a request by its header, before the first byte of its payload is kept: form, length by verb, state and right.
 * Throws a `ProtocolError` for what makes the whole connection useless.
 */
export function judge(agent: Agent, session: Session, header: Uint8Array, payloadLength: number): Verdict {
  const decoded = decode(header);
  if (decoded.reply) return { reply: decoded.reply };
  const { request } = decoded;
  if (payloadLength > payloadLimit(request.verb)) throw new ProtocolError("too-large");
  try {
    admit(request, session, agent.state.current);
    if (request.verb === "set") mightSet(agent, session, request.fields.name);
    return { request, value: request.verb === "set" };
  } catch (error) {
    return { reply: refuse(agent, request, session, error) };
  }
}

/** A request that is well-formed and yet not acceptable is answered, and the connection goes on. */
function decode(
  bytes: Uint8Array,
): { request: Request; reply?: undefined } | { request?: undefined; reply: Reply } {
  let id: number | null = null;
  try {
    const header = decodeHeader(bytes);
    id = requestId(header);
    return { request: decodeRequest(header) };
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code === "bad-frame") throw error;
    return { reply: malformed(id, error) };
  }
}
