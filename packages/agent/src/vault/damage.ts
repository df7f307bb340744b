import type { VaultReason } from "@sotto/client/protocol";
import { AgentError } from "../errors.ts";

/** A vault that is refused, and why. `cause` goes to the log only. */
export function damaged(reason: VaultReason, cause?: unknown): AgentError {
  return new AgentError("vault-damaged", { details: { reason }, cause });
}
