import { join } from "node:path";
import { start } from "../commands.ts";
import type { Check, Verdict } from "../check.ts";
import { fail, ok } from "../check.ts";
import { octal } from "../octal.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";

const OTHERS_WRITE = 0o022;
const MAX_BYTES = 64 * 1024;

/** The agent knows the keys; here only what it would refuse whatever they are. */
function config(situation: Situation): Verdict {
  const { machine, home, owner } = situation;
  const path = join(home, "config.json");
  const shown = quote(path);
  const entry = machine.lstat(path);
  if (entry === "unseen") return "unseen";
  if (entry === "absent") return ok("none: the agent runs with its defaults");
  if (entry.kind !== "file" || entry.bytes > MAX_BYTES)
    return fail(
      `${shown} is not a small plain file: the agent does not start`,
      `mv ${shown} ${quote(`${path}.old`)}`,
    );
  if (entry.uid !== owner && entry.uid !== 0)
    return fail(
      `${shown} belongs to ${machine.who(entry.uid)}: the agent does not start`,
      `chown ${owner} ${shown}`,
    );
  if ((entry.mode & OTHERS_WRITE) !== 0)
    return fail(
      `others may write ${shown} (mode ${octal(entry.mode)}): the agent does not start`,
      `chmod 600 ${shown}`,
    );
  const text = machine.read(path);
  if (text === undefined) return "unseen";
  const bad = jsonTrouble(text);
  if (bad === undefined) return ok("plain JSON that only its owner may write");
  return fail(
    `${shown} ${bad}: the agent does not start`,
    `$EDITOR ${shown}; then: ${start(situation)} (it names a wrong key)`,
  );
}

/** The parser's own text may quote the file, which is not shown: only where it stumbled. */
function jsonTrouble(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const isObject = typeof document === "object" && document !== null && !Array.isArray(document);
    return isObject ? undefined : "does not hold one JSON object";
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    const line = at === undefined ? undefined : text.slice(0, Number(at)).split("\n").length;
    return `is not valid JSON${line === undefined ? "" : ` (line ${line})`}`;
  }
}

/** What the agent is told at its start. */
export const CONFIG_CHECKS: readonly Check[] = [{ name: "config", judge: config }];
