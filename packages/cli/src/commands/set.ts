import { wipe } from "@sotto/client";
import { attributesBytes, MAX_ATTRIBUTES, MAX_ATTRIBUTES_BYTES } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { checkUnlocked } from "../connection.ts";
import { usage } from "../failure/failure.ts";
import type { Texts } from "../failure/rephrase.ts";
import type { ValueOptions } from "../input/value.ts";
import { checkSources, newValue } from "../input/value.ts";
import { answerEither, checkDurable } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

export interface SetOptions extends ValueOptions {
  readonly attr?: Readonly<Record<string, string>>;
  readonly ifVersion?: number;
}

/** Who is no administrator may replace a secret where a rule allows that, but the answer does not tell which it was. */
const TEXTS: Texts = {
  denied: [
    "denied",
    "an administrator may set any secret, others those that a rule allows: agent grant NAME ... --may set",
  ],
};
const VERSION_TEXTS: Texts = {
  ...TEXTS,
  conflict: [
    "the secret is at another version than --if-version, or the vault was changed by someone else",
    "agent show NAME tells its version",
  ],
};

/** `agent set NAME`: stores a value as the newest version. */
export async function run(call: Call<SetOptions>): Promise<void> {
  const name = nameOperand(call);
  const { attr: attributes, ifVersion } = call.options;
  checkSources(call.options);
  checkAttributes(attributes ?? {});
  await checkUnlocked(call);
  const value = await newValue(call, name);
  try {
    const { fields } = await asAdministrator(
      call,
      (client) => client.request("set", { name, attributes, ifVersion }, { payload: value }),
      ifVersion === undefined ? TEXTS : VERSION_TEXTS,
    );
    answerEither(call, { name, version: fields.version }, "");
    checkDurable(fields);
  } finally {
    wipe(value);
  }
}

function checkAttributes(attributes: Readonly<Record<string, string>>): void {
  const pairs = Object.entries(attributes);
  if (pairs.length > MAX_ATTRIBUTES) throw usage(`a secret has at most ${MAX_ATTRIBUTES} attributes`);
  if (attributesBytes(pairs) > MAX_ATTRIBUTES_BYTES)
    throw usage(`all attributes of a secret together take at most ${MAX_ATTRIBUTES_BYTES} bytes`);
}
