import { SottoError, wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { checkAdministrator, isAdministrator, withAgent } from "../connection.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";
import { newPassphrase } from "../input/passphrase.ts";
import { answerRecoveryCode } from "../output/recovery-code.ts";
import { checkDurable } from "../output/tell.ts";

export interface InitOptions {
  /** False with `--no-recovery`. */
  readonly recovery: boolean;
  readonly weakPassphrase?: boolean;
}

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  conflict: ["there is a vault already, and it is never overwritten", "agent unlock opens it"],
};

/** `agent init`: creates the vault and prints the recovery code, once. */
export const run = (call: Call<InitOptions>): Promise<void> =>
  rephrase(TEXTS, async () => {
    const status = await checkAdministrator(call);
    if (isAdministrator(status) && status.state !== "uninitialised") throw new SottoError("conflict");
    const { passphraseFd, weakPassphrase = false, recovery } = call.options;
    const passphrase = await newPassphrase(passphraseFd, "--passphrase-fd", weakPassphrase);
    try {
      const { fields, payload } = await withAgent(call, (client) =>
        client.request("init", { recovery }, { payload: passphrase }),
      );
      answerRecoveryCode(call, fields.slot, payload);
      checkDurable(fields);
    } finally {
      wipe(passphrase);
    }
  });
