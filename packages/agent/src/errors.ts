import type { ErrorCode, ErrorDetails } from "@sotto/client/protocol";
import { ERRORS } from "@sotto/client/protocol";

/**
 * A failure that a peer is told: its code and, for administrators, constant details.
 * `cause` is for the operational log only and is never sent.
 */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(ERRORS[code].text, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
