import { isatty } from "node:tty";
import type { Secret } from "@sotto/client";
import { getSecret, waitForUnlock, wipe } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { quickMs, socketOf } from "../connection.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { readToken } from "../input/token.ts";
import { answerSecret } from "../output/secret.ts";
import { answerBytes, answerJson } from "../output/write.ts";
import { nameOperand } from "../parse/operands.ts";

export interface GetOptions {
  readonly attr?: string;
  /** Milliseconds. */
  readonly wait?: number;
  readonly tokenFile?: string;
  readonly admin?: boolean;
}

/** `agent get NAME`: the exact bytes of the value, or an attribute. */
export async function run(call: Call<GetOptions>): Promise<void> {
  const name = nameOperand(call);
  const secret = await (call.options.admin === true ? fetchAsAdministrator(call, name) : fetch(call, name));
  try {
    const { attr } = call.options;
    if (attr === undefined) answerSecret(call, secret);
    else answerAttribute(call, secret, attr);
  } finally {
    secret.dispose();
  }
}

/** Fetches a secret as a job does. */
export async function fetch(call: Call<GetOptions>, name: string): Promise<Secret> {
  const file = call.options.tokenFile ?? process.env["SOTTO_TOKEN_FILE"];
  const token = file === undefined || file === "" ? undefined : readToken(file);
  try {
    const { wait: waitMs } = call.options;
    return await getSecret(name, { socket: socketOf(call), timeoutMs: quickMs(), waitMs, token });
  } finally {
    if (token !== undefined) wipe(token);
  }
}

async function fetchAsAdministrator(call: Call<GetOptions>, name: string): Promise<Secret> {
  const { wait } = call.options;
  if (wait !== undefined) await waitForUnlock({ socket: socketOf(call), waitMs: wait });
  return asAdministrator(call, (client) => client.get(name, { admin: true }), ONE_SECRET);
}

export const noAttribute = (): Failure =>
  new Failure(EXIT.notFound, "it has no such attribute", "agent get NAME --json shows those that it has");

/** As a value: with a newline on a terminal only. */
function answerAttribute(call: Call, { name, version, attributes }: Secret, key: string): void {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (value === undefined) throw noAttribute();
  if (call.options.json === true) answerJson({ name, version, attributes: { [key]: value } });
  else answerBytes(Buffer.from(isatty(1) ? `${value}\n` : value));
}
