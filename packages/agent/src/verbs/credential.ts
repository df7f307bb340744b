import { AgentError } from "../errors.ts";
import type { Opener } from "../vault/vault.ts";
import type { Call } from "./handler.ts";

/**
 * What a request gives to open the vault: its payload, as a passphrase unless it says that it is a recovery code, or
 * nothing but the wish to use what the system keeps. Throws `bad-request` for both.
 */
export function openerOf({ fields, payload }: Call<"unlock" | "auth" | "slot-test">): Opener {
  if (!("kept" in fields) || fields.kept !== true)
    return { kind: fields.recovery === true ? "recovery" : "passphrase", bytes: payload };
  if (payload.length > 0 || fields.recovery === true) throw new AgentError("bad-request");
  return "kept";
}
