import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import { userId } from "../identity.ts";
import { checkDurable } from "../output/tell.ts";
import { answerToken } from "../output/token.ts";
import { labelOperand } from "../parse/operands.ts";

export interface TokenNewOptions {
  readonly uid?: number;
  readonly user?: string;
  /** Milliseconds since 1970. */
  readonly expires?: number;
}

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  conflict: [
    "there is a token of that label",
    "choose another label, or revoke that one first: agent token revoke",
  ],
};

/** `agent token new LABEL`: makes a token and prints it, the only time that it is seen. */
export async function run(call: Call<TokenNewOptions>): Promise<void> {
  const label = labelOperand(call);
  const { uid, user, expires } = call.options;
  if (uid !== undefined && user !== undefined) throw usage("--uid and --user say the same: give one of them");
  if (expires !== undefined && expires <= Date.now()) throw usage("--expires is in the past");
  const forUid = user === undefined ? uid : await userId(user);
  const { fields, payload } = await asAdministrator(
    call,
    (client) => client.request("token-new", { label, uid: forUid, expires }),
    TEXTS,
  );
  answerToken(call, label, payload);
  checkDurable(fields);
}
