import type { Call } from "../call.ts";
import { answerOnce } from "./shown-once.ts";

const NOTES = [
  "the token, shown only this once: keep it in a file of mode 0400 that belongs to the job's user",
  "hint: the job names that file: agent get NAME --token-file FILE, or SOTTO_TOKEN_FILE=FILE",
];

/** Prints a new token, the only time that it is seen, and wipes it. */
export function answerToken(call: Call, label: string, token: Buffer): void {
  answerOnce(call, { secret: token, notes: NOTES, about: { label }, key: "token" });
}
