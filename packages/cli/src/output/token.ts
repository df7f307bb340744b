import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { jsonString } from "./json-bytes.ts";
import { note } from "./tell.ts";
import { answerBytes } from "./write.ts";

/** Prints a new token, the only time that it is seen, and wipes it. The label is of letters that JSON takes as they are. */
export function answerToken(call: Call, label: string, token: Buffer): void {
  const quoted = call.options.json === true ? jsonString(token) : undefined;
  try {
    note(
      call,
      "the token, shown only this once: keep it in a file of mode 0400 that belongs to the job's user",
    );
    note(call, "hint: the job names that file: agent get NAME --token-file FILE, or SOTTO_TOKEN_FILE=FILE");
    if (quoted === undefined) return answerBytes(token, Buffer.from("\n"));
    answerBytes(Buffer.from(`{"label":"${label}","token":`), quoted, Buffer.from("}\n"));
  } finally {
    wipe(token);
    if (quoted !== undefined) wipe(quoted);
  }
}
