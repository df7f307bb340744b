import type { Call } from "../call.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { answerJson, answer, tell } from "./write.ts";

/** Tells something good to know; `--quiet` leaves it out. */
export function note(call: Call, text: string): void {
  if (call.options.quiet !== true) tell(text);
}

/** Tells something that an administrator should look at, `--quiet` or not. */
export const warn = (text: string): void => tell(`warning: ${text}`);

/** The answer of a command: a JSON document with `--json`, else lines of text. */
export function answerEither(call: Call, document: unknown, text: string): void {
  if (call.options.json === true) answerJson(document);
  else if (text !== "") answer(text);
}

/** Fails with exit 10 where a change is in force but its folder could not be synced. Call it after the answer. */
export function checkDurable(reply: { readonly durable: boolean }): void {
  if (reply.durable) return;
  throw new Failure(
    EXIT.notSynced,
    "saved and in force, but the folder could not be synced: a power cut now may bring back the version before",
    "look after the disk; the next change that is saved syncs this one too",
  );
}
