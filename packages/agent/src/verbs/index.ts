import type { Verb } from "@sotto/client/protocol";
import { auth, slotTest } from "./auth.ts";
import { auditCheck } from "./audit-check.ts";
import { explain } from "./explain.ts";
import { get } from "./get.ts";
import { grant } from "./grant.ts";
import type { Handler } from "./handler.ts";
import { init } from "./init.ts";
import { list } from "./list.ts";
import { lock, stop } from "./lock.ts";
import { remove } from "./remove.ts";
import { rename } from "./rename.ts";
import { revoke, rules } from "./rules.ts";
import { set } from "./set.ts";
import { show } from "./show.ts";
import { passwd, slotAdd, slotRemove, slots } from "./slots.ts";
import { status } from "./status.ts";
import { tokenNew, tokenRevoke, tokens } from "./tokens.ts";
import { unlock } from "./unlock.ts";
import { prune, restore } from "./versions.ts";
import { wait } from "./wait.ts";

/** A handler for each verb; one that is missing fails the build. */
export const HANDLERS: { readonly [V in Verb]: Handler<V> } = {
  status,
  init,
  unlock,
  auth,
  lock,
  stop,
  wait,
  get,
  list,
  show,
  set,
  rename,
  remove,
  restore,
  prune,
  grant,
  rules,
  revoke,
  passwd,
  slots,
  "slot-add": slotAdd,
  "slot-remove": slotRemove,
  "slot-test": slotTest,
  "token-new": tokenNew,
  tokens,
  "token-revoke": tokenRevoke,
  explain,
  "audit-check": auditCheck,
};
