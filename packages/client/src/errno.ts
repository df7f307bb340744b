import type { LocalReason } from "./protocol/errors.ts";
import { SottoError } from "./sotto-error.ts";

const REASONS = new Map<string | undefined, LocalReason>([
  ["ENOENT", "absent"],
  ["ENOTDIR", "absent"],
  ["ECONNREFUSED", "stale"],
  ["EACCES", "forbidden"],
  ["EPERM", "forbidden"],
  ["ENOTSOCK", "not-a-socket"],
  ["EPROTOTYPE", "not-a-socket"],
  ["EPIPE", "closed"],
  ["ECONNRESET", "closed"],
]);

/** The one place that turns a failed system call into an error of ours: no agent can be reached. */
export function fromErrno(cause: unknown): SottoError {
  const reason = REASONS.get(errnoOf(cause));
  return reason === undefined ? new SottoError("unreachable", { cause }) : SottoError.because(reason, cause);
}

/** The name of a system error, such as `EAGAIN`; undefined for any other. */
export function errnoOf(cause: unknown): string | undefined {
  const code: unknown = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : undefined;
}
