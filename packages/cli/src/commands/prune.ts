import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { answerEither, checkDurable } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

export interface PruneOptions {
  readonly keep?: number;
}

/** `agent prune NAME`: forgets earlier versions. */
export async function run(call: Call<PruneOptions>): Promise<void> {
  const name = nameOperand(call);
  const { keep = 1 } = call.options;
  const { fields } = await asAdministrator(
    call,
    (client) => client.request("prune", { name, keep }),
    ONE_SECRET,
  );
  answerEither(call, { name, removed: fields.removed }, "");
  checkDurable(fields);
}
