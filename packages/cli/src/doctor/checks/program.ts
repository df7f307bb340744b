import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import { weakness } from "../path-trust.ts";
import type { Situation } from "../situation.ts";

/** Who can change what the agent runs can take all that it will hold. */
function program({ machine, owner, program: paths }: Situation): Verdict {
  for (const path of paths) {
    const weak = weakness(machine, path, (uid) => uid === 0 || uid === owner);
    if (weak === undefined) continue;
    const found = `${weak.found}: whoever changes the program gets all secrets`;
    return weak.open ? fail(found, weak.remedy) : warn(found, weak.remedy);
  }
  return ok("nobody else can change node or Sotto");
}

/** What the agent is made of. */
export const PROGRAM_CHECKS: readonly Check[] = [{ name: "program", judge: program }];
