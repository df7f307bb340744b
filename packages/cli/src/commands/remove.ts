import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { checkDurable } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";
import { confirm } from "../terminal/confirm.ts";

export interface RemoveOptions {
  readonly yes?: boolean;
}

/** `agent remove NAME`: for good, with all versions and the rules that name exactly it. */
export async function run(call: Call<RemoveOptions>): Promise<void> {
  const name = nameOperand(call);
  if (call.options.yes !== true) ask(name);
  const { fields } = await asAdministrator(call, (client) => client.request("remove", { name }), ONE_SECRET);
  checkDurable(fields);
}

function ask(name: string): void {
  const sure = confirm(`Remove ${name}, all its versions and the rules for it?`);
  if (sure === undefined)
    throw usage("a removal has to be confirmed, and there is no terminal", "confirm it with --yes");
  if (!sure) throw new Failure(EXIT.failed, "nothing was removed");
}
