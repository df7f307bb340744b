import type { Call } from "../call.ts";
import { answerOnce } from "./shown-once.ts";
import { answerJson } from "./write.ts";

const NOTES = [
  "the recovery code, shown only this once: it opens the vault without the passphrase; keep it away from this machine",
];

/**
 * Prints the recovery code of a new slot, the only time that it is seen, and wipes it. Without a code, `--json` answers
 * the slot alone and else nothing is said.
 */
export function answerRecoveryCode(call: Call, slot: string, code: Buffer): void {
  if (code.length > 0) answerOnce(call, { secret: code, notes: NOTES, about: { slot }, key: "recoveryCode" });
  else if (call.options.json === true) answerJson({ slot });
}
