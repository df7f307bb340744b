import { isSecretName } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { checkOneLine } from "../helpers/one-line.ts";
import { answerBytes } from "../output/write.ts";
import type { GetOptions } from "../fetch.ts";
import { fetch } from "../fetch.ts";

const NEWLINE = Buffer.from("\n");
/** ssh-add(1) asks for ever where a passphrase is wrong: a second answer would be the same. */
const AGAIN = /^Bad passphrase, try again/;
/** ssh(1) asks its helper about unknown host keys too, older ones without saying so in SSH_ASKPASS_PROMPT. */
const YES_OR_NO = /\(yes\/no|\[y\/n\]/i;

/**
 * `agent askpass [PROMPT]`: the value and a newline for a program that runs a helper instead of prompting, such as ssh
 * (SSH_ASKPASS) or sudo (SUDO_ASKPASS). SOTTO_ASKPASS_NAME names the secret: such programs pass nothing but the prompt.
 */
export async function run(call: Call<GetOptions>): Promise<void> {
  const name = process.env["SOTTO_ASKPASS_NAME"] ?? "";
  if (!isSecretName(name))
    throw usage("SOTTO_ASKPASS_NAME does not hold the name of a secret", "set it to one, such as ssh/deploy");
  checkPrompt(call.operands[0] ?? "");
  const secret = await fetch(call, name);
  try {
    checkOneLine(secret);
    answerBytes(secret.bytes, NEWLINE);
  } finally {
    secret.dispose();
  }
}

/** A secret is no answer to a question, and a question that nobody has read is not answered with yes. */
function checkPrompt(prompt: string): void {
  if (AGAIN.test(prompt)) throw new Failure(EXIT.failed, "that passphrase was wrong");
  if (["confirm", "none"].includes(process.env["SSH_ASKPASS_PROMPT"] ?? "") || YES_OR_NO.test(prompt))
    throw new Failure(EXIT.failed, "that is a question, not a prompt for a secret: it is not answered");
}
