import type { Identity, Operation } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import { groupId, userId } from "../identity.ts";
import { answerEither, checkDurable } from "../output/tell.ts";
import { selectorOperand } from "../parse/operands.ts";

export interface GrantOptions {
  readonly user?: readonly string[];
  readonly uid?: readonly number[];
  readonly group?: readonly string[];
  readonly gid?: readonly number[];
  readonly may?: readonly Operation[];
}

/** `agent grant SELECTOR IDENTITY...`: makes a rule and prints its id. */
export async function run(call: Call<GrantOptions>): Promise<void> {
  const selector = selectorOperand(call);
  const identity = await readIdentity(call.options);
  const { may = ["get"] } = call.options;
  const { fields } = await asAdministrator(call, (client) =>
    client.request("grant", { ...identity, selector, may }),
  );
  answerEither(call, { rule: fields.rule }, fields.rule);
  checkDurable(fields);
}

async function readIdentity({ user, uid, group, gid }: GrantOptions): Promise<Identity> {
  if ([user, uid, group, gid].every((kind) => kind === undefined))
    throw usage("a rule needs somebody whom it is for", "name them with --user, --uid, --group or --gid");
  const named = <T>(names: readonly string[] | undefined, look: (name: string) => Promise<T>) =>
    names && Promise.all(names.map(async (name) => ({ name, id: await look(name) })));
  return { uids: uid, users: await named(user, userId), gids: gid, groups: await named(group, groupId) };
}
