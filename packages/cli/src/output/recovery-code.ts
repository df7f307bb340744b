import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { jsonString } from "./json-bytes.ts";
import { note } from "./tell.ts";
import { answerBytes, answerJson } from "./write.ts";

/**
 * Prints the recovery code of a new slot, the only time that it is seen, and wipes it. Without a code, `--json` answers
 * the slot alone and else nothing is said.
 */
export function answerRecoveryCode(call: Call, slot: string, code: Buffer): void {
  const json = call.options.json === true;
  if (code.length === 0) return json ? answerJson({ slot }) : undefined;
  const quoted = json ? jsonString(code) : undefined;
  try {
    note(
      call,
      "the recovery code, shown only this once: it opens the vault without the passphrase; keep it away from this machine",
    );
    if (quoted === undefined) return answerBytes(code, Buffer.from("\n"));
    answerBytes(Buffer.from(`{"slot":${JSON.stringify(slot)},"recoveryCode":`), quoted, Buffer.from("}\n"));
  } finally {
    wipe(code);
    if (quoted !== undefined) wipe(quoted);
  }
}
