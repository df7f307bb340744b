import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import { answerEither, checkDurable } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

export interface RestoreOptions {
  readonly version?: number;
}

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["no such secret, or no such version of it", "agent show NAME lists the versions"],
};

/** `agent restore NAME --version N`: an earlier value becomes the newest version, under a new number. */
export async function run(call: Call<RestoreOptions>): Promise<void> {
  const name = nameOperand(call);
  const { version } = call.options;
  if (version === undefined) throw usage("--version N is needed", "agent show NAME lists the versions");
  const { fields } = await asAdministrator(
    call,
    (client) => client.request("restore", { name, version }),
    TEXTS,
  );
  answerEither(call, { name, version: fields.version }, "");
  checkDurable(fields);
}
