import type { Client } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { withAgent } from "../connection.ts";
import { answerEither } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";
import { readNames } from "../read-names.ts";

export interface ListOptions {
  readonly all?: boolean;
}

/** `agent list [PREFIX]`: the names that this process may fetch; `--all`, for an administrator, every name. */
export async function run(call: Call<ListOptions>): Promise<void> {
  const prefix = call.operands.length > 0 ? nameOperand(call) : undefined;
  const all = call.options.all === true;
  const read = (client: Client): Promise<string[]> => readNames(client, prefix, all);
  const found = await (all ? asAdministrator(call, read) : withAgent(call, read));
  answerEither(call, { names: found }, found.join("\n"));
}
