import type { Fetched } from "@sotto/client/quick";
import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { isTerminal } from "../terminal/is-terminal.ts";
import { valueMembers } from "./json-bytes.ts";
import { answerBytes, answerJson } from "./write.ts";

const STDOUT = 1;
const NEWLINE = Buffer.from("\n");

/** What `get` answers: the value, or the attribute that it was asked for. */
export function answerValue(call: Call<{ readonly attr?: string }>, secret: Fetched): void {
  const { attr } = call.options;
  if (attr === undefined) answerSecret(call, secret);
  else answerAttribute(call, secret, attr);
}

/** Writes a value to stdout: its exact bytes, and a newline on a terminal only; with `--json` one document. */
export function answerSecret(call: Call, secret: Fetched): void {
  if (call.options.json === true) answerSecretJson(secret);
  else if (isTerminal(STDOUT)) answerBytes(secret.bytes, NEWLINE);
  else answerBytes(secret.bytes);
}

/** Put together from bytes: the value becomes no string. */
function answerSecretJson(secret: Fetched): void {
  const { name, version, attributes } = secret;
  const start = JSON.stringify({ name, version, attributes }).slice(0, -1);
  const members = valueMembers(secret.bytes);
  try {
    answerBytes(Buffer.from(`${start},`), ...members, Buffer.from("}\n"));
  } finally {
    members.forEach(wipe);
  }
}

export const noAttribute = (): Failure =>
  new Failure(EXIT.notFound, "it has no such attribute", "agent get NAME --json shows those that it has");

/** As a value: with a newline on a terminal only. */
function answerAttribute(call: Call, { name, version, attributes }: Fetched, key: string): void {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (value === undefined) throw noAttribute();
  if (call.options.json === true) answerJson({ name, version, attributes: { [key]: value } });
  else answerBytes(Buffer.from(isTerminal(STDOUT) ? `${value}\n` : value));
}
