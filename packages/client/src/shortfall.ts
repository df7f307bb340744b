import { fromErrno } from "./errno.ts";
import type { DecodedHeader } from "./protocol/header.ts";
import { decodeReply } from "./protocol/replies.ts";
import type { Shortfall } from "./quick.ts";
import { SottoError } from "./sotto-error.ts";

/** What `getSecret` would have rejected with, for a request that was sent. */
export function shortfallError(shortfall: Exclude<Shortfall, "not-sent">): SottoError {
  if (shortfall === "closed") return SottoError.because("closed");
  if (typeof shortfall === "string") return new SottoError(shortfall);
  return "errno" in shortfall ? fromErrno(shortfall.errno) : refusal(shortfall.refusal);
}

function refusal(header: DecodedHeader): SottoError {
  try {
    const reply = decodeReply("get", header);
    if (!reply.ok) return new SottoError(reply.error, { details: reply.details });
  } catch {
    // it is no reply
  }
  return new SottoError("bad-reply");
}
