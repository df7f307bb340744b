import type { Credential } from "../vault/vault.ts";
import type { Call } from "./handler.ts";

/** What a request gives to open the vault: its payload, as a passphrase unless it says that it is a recovery code. */
export const credentialOf = ({ fields, payload }: Call<"unlock" | "auth" | "slot-test">): Credential => ({
  kind: fields.recovery === true ? "recovery" : "passphrase",
  bytes: payload,
});
