import { isLabel, isSecretName, isSelector } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";

const NAME_HINT =
  "a name is one to eight segments of a-z 0-9 _ . - with / between, such as bank/login; a segment starts and ends with a letter or digit, holds no .. and at most 64 characters";
const MAX_ID = 64;
const isId = (text: string): boolean => text.length <= MAX_ID && /^[0-9a-f][0-9a-f-]*$/.test(text);

/** The name of a secret at a place among the operands. What is not one is not quoted: it could be a value. */
export function nameOperand(call: Call, index = 0): string {
  const text = call.operands[index] ?? "";
  if (!isSecretName(text)) throw usage("that is not a valid name of a secret", NAME_HINT);
  return text;
}

/** A name, or `prefix/**`. */
export function selectorOperand(call: Call): string {
  const text = call.operands[0] ?? "";
  if (!isSelector(text))
    throw usage("a rule names one secret, or everything below a prefix as PREFIX/**", NAME_HINT);
  return text;
}

/** The id of a rule or slot. */
export function idOperand(call: Call, kind: "rule" | "slot", shownBy: string): string {
  const text = call.operands[0] ?? "";
  if (!isId(text)) throw usage(`that is not the id of a ${kind}`, `${shownBy} shows the ids`);
  return text;
}

/** The label of a token. What is not one is not quoted: it could be the token. */
export function labelOperand(call: Call): string {
  const text = call.operands[0] ?? "";
  if (!isLabel(text))
    throw usage("that is not a label of a token", "a label is 1 to 64 of a-z 0-9 _ . -, such as nightly");
  return text;
}

/** What an error may say about the thing that a command was called for: its first operand, if that cannot be a mishap. */
export function thing(call: Call): string {
  const [first] = call.operands;
  return first !== undefined && (isSelector(first) || isId(first))
    ? `${call.command} ${first}`
    : call.command;
}
