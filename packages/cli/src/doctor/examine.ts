import type { Finding } from "./check.ts";
import { warn } from "./check.ts";
import { CHECKS } from "./checks/index.ts";
import { quote } from "./quote.ts";
import type { Situation } from "./situation.ts";

/** A finding with the name of its check. */
export interface Checked extends Finding {
  readonly check: string;
}

/** Runs every check. What this user cannot see is told in one line at the end, and not passed over. */
export function examine(situation: Situation): Checked[] {
  const checked: Checked[] = [];
  const unseen: string[] = [];
  for (const { name, judge } of CHECKS) {
    const verdict = judge(situation);
    if (verdict === "unseen") unseen.push(name);
    else if (verdict !== undefined) checked.push({ check: name, ...verdict });
  }
  return unseen.length === 0 ? checked : [...checked, { check: "rights", ...notSeen(situation, unseen) }];
}

function notSeen({ machine, home, socket }: Situation, unseen: readonly string[]): Finding {
  const found = `not to be seen by this user: ${unseen.join(", ")}`;
  if (machine.uid === 0)
    return warn(found.replace(" by this user", ""), "is /proc mounted, and readable here?");
  const places = `--home ${quote(home)}${socket === undefined ? "" : ` --socket ${quote(socket)}`}`;
  return warn(found, `sudo agent doctor ${places}`);
}
