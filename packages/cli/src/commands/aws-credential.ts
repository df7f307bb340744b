import { isUtf8 } from "node:buffer";
import { wipe } from "@sotto/client";
import { isSecretName } from "@sotto/client/protocol";
import type { Secret } from "@sotto/client";
import type { Call } from "../call.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { checkOneLine } from "../helpers/one-line.ts";
import { jsonString } from "../output/json-bytes.ts";
import { answerBytes } from "../output/write.ts";
import { nameOperand } from "../parse/operands.ts";
import type { GetOptions } from "../fetch.ts";
import { fetch } from "../fetch.ts";

/** Attributes of the secret access key; the last one names a secret. */
const ACCESS_KEY_ID = "access-key-id";
const EXPIRATION = "expiration";
const SESSION_TOKEN = "session-token";

/**
 * `agent aws-credential NAME`: what `credential_process` of the AWS tools wants to read (AWS SDKs and Tools Reference
 * Guide, "Process credential provider").
 */
export async function run(call: Call<GetOptions>): Promise<void> {
  const secret = await fetch(call, nameOperand(call));
  let session: Secret | undefined;
  try {
    session = await sessionToken(call, secret);
    answerCredential(secret, session);
  } finally {
    secret.dispose();
    session?.dispose();
  }
}

async function sessionToken(call: Call<GetOptions>, secret: Secret): Promise<Secret | undefined> {
  const name = secret.attributes[SESSION_TOKEN];
  if (name === undefined) return undefined;
  if (!isSecretName(name)) throw unusable(`its attribute ${SESSION_TOKEN} is not the name of a secret`);
  return fetch(call, name);
}

/** Put together from bytes: neither value becomes a string. */
function answerCredential(secret: Secret, session: Secret | undefined): void {
  const { [ACCESS_KEY_ID]: AccessKeyId, [EXPIRATION]: Expiration } = secret.attributes;
  if (AccessKeyId === undefined)
    throw unusable(`it has no attribute ${ACCESS_KEY_ID}`, `agent set NAME --attr ${ACCESS_KEY_ID}=...`);
  const start = JSON.stringify({ Version: 1, AccessKeyId, Expiration }).slice(0, -1);
  const parts: Buffer[] = [];
  try {
    parts.push(Buffer.from(`${start},"SecretAccessKey":`), valueOf(secret));
    if (session !== undefined) parts.push(Buffer.from(',"SessionToken":'), valueOf(session));
    answerBytes(...parts, Buffer.from("}\n"));
  } finally {
    parts.forEach(wipe);
  }
}

function valueOf(secret: Secret): Buffer {
  checkOneLine(secret);
  if (!isUtf8(secret.bytes)) throw unusable(`the value of ${secret.name} is not UTF-8, which JSON has to be`);
  return jsonString(secret.bytes);
}

const unusable = (text: string, hint?: string): Failure => new Failure(EXIT.failed, text, hint);
