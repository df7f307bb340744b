import type { Client } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { quickMs, withAgent } from "../connection.ts";
import { allPages } from "../output/pages.ts";
import { answerEither } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

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

export const readNames = (client: Client, prefix: string | undefined, all: boolean): Promise<string[]> =>
  allPages(
    async (after) => {
      const { fields } = await client.request(
        "list",
        { prefix, all: all || undefined, after },
        { timeoutMs: quickMs() },
      );
      return { items: fields.names, more: fields.more };
    },
    (name) => name,
  );
