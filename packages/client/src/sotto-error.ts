import type { ErrorCode, LocalErrorCode, LocalReason } from "./protocol/errors.ts";
import { ERRORS, isErrorCode, LOCAL_ERRORS, LOCAL_REASONS } from "./protocol/errors.ts";
import type { ErrorDetails } from "./protocol/verbs.ts";

interface Options {
  readonly details?: ErrorDetails;
  readonly reason?: LocalReason;
  readonly cause?: unknown;
}

/**
 * The one error of this library. Its text and hint come from the tables of the protocol: nothing that an agent sent,
 * and no part of a secret, is ever in them.
 */
export class SottoError extends Error {
  override readonly name = "SottoError";
  /** What happened; `code` of the agent's answer, or what this client met itself. */
  readonly code: ErrorCode | LocalErrorCode;
  /** What exactly a client met, where `code` covers several things. */
  readonly reason: LocalReason | undefined;
  /** The exit status that the command line gives for it. */
  readonly exit: number;
  /** What the user can do next. */
  readonly hint: string | undefined;
  /** Numbers and constants that the agent sent beside the code; empty for local errors. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode | LocalErrorCode, options: Options = {}) {
    const entry = isErrorCode(code) ? ERRORS[code] : LOCAL_ERRORS[code];
    const finer = options.reason === undefined ? entry : LOCAL_REASONS[options.reason];
    super(finer.text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.exit = entry.exit;
    this.hint = "hint" in finer ? finer.hint : undefined;
    this.details = options.details ?? {};
  }

  /** The error for something that a client met itself and can name exactly. */
  static because(reason: LocalReason, cause?: unknown): SottoError {
    return new SottoError(LOCAL_REASONS[reason].code, { reason, cause });
  }
}
