import { isatty } from "node:tty";
import type { Secret } from "@sotto/client";
import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { valueMembers } from "./json-bytes.ts";
import { answerBytes } from "./write.ts";

const STDOUT = 1;
const NEWLINE = Buffer.from("\n");

/** Writes a value to stdout: its exact bytes, and a newline on a terminal only; with `--json` one document. */
export function answerSecret(call: Call, secret: Secret): void {
  if (call.options.json === true) answerSecretJson(secret);
  else if (isatty(STDOUT)) answerBytes(secret.bytes, NEWLINE);
  else answerBytes(secret.bytes);
}

/** Put together from bytes: the value becomes no string. */
function answerSecretJson(secret: Secret): void {
  const { name, version, attributes } = secret;
  const start = JSON.stringify({ name, version, attributes }).slice(0, -1);
  const members = valueMembers(secret.bytes);
  try {
    answerBytes(Buffer.from(`${start},`), ...members, Buffer.from("}\n"));
  } finally {
    members.forEach(wipe);
  }
}
