import { dirname, join } from "node:path";
import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import type { Machine } from "../machine.ts";
import { octal } from "../octal.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";

const MIB = 1024 * 1024;
const ENOUGH_BYTES = 100 * MIB;
const LEAST_BYTES = MIB;
const ENOUGH_FILES = 1_000;
const LEAST_FILES = 10;

/** A decision that cannot be put on record is not given: a full disk stops every job. */
function space({ machine, home, owner }: Situation): Verdict {
  const place = machine.space(existing(machine, home));
  if (place === undefined) return "unseen";
  const bytes = owner === 0 ? place.free : place.available;
  const files = place.files === 0 ? Infinity : place.filesFree;
  const shown = quote(home);
  const found = `${size(bytes)}${files === Infinity ? "" : ` and ${files} files`} free for ${shown}`;
  const remedy = `df -h ${shown}; make room, or keep fewer files: "auditKeep" in ${quote(join(home, "config.json"))}`;
  if (bytes < LEAST_BYTES || files < LEAST_FILES)
    return fail(`${found}: once the audit cannot be written no job gets anything`, remedy);
  if (bytes < ENOUGH_BYTES || files < ENOUGH_FILES)
    return warn(`${found}: when it is full no job gets anything`, remedy);
  return ok(found);
}

/** The path, or the nearest folder above it that is there. */
function existing(machine: Machine, path: string): string {
  const above = dirname(path);
  return above === path || machine.lstat(path) !== "absent" ? path : existing(machine, above);
}

function size(bytes: number): string {
  if (bytes >= 1024 * MIB) return `${Math.floor(bytes / MIB / 1024)} GiB`;
  return bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

function file({ machine, home, owner }: Situation): Verdict {
  const path = join(home, "audit.jsonl");
  const shown = quote(path);
  const entry = machine.lstat(path);
  if (entry === "unseen") return "unseen";
  if (entry === "absent") return ok("none yet: the agent makes it");
  const refused = "the agent does not write to it, and no job gets anything";
  if (entry.kind !== "file")
    return fail(`${shown} is not a plain file: ${refused}`, `mv ${shown} ${quote(`${path}.old`)}`);
  if (entry.uid !== owner)
    return fail(`${shown} belongs to ${machine.who(entry.uid)}: ${refused}`, `chown ${owner} ${shown}`);
  if (entry.mode !== 0o600)
    return fail(`${shown} has mode ${octal(entry.mode)}, not 0600: ${refused}`, `chmod 600 ${shown}`);
  if (machine.uid !== 0 && machine.uid !== owner) return "unseen";
  if (!machine.mayWrite(path))
    return fail(
      `${shown} cannot be written (immutable or read-only): no job gets anything`,
      `chattr -i ${shown}`,
    );
  return ok("a plain file that only the agent's user can write");
}

function answers({ agent }: Situation): Verdict {
  const state = agent.status?.audit;
  if (state === undefined) return undefined;
  if (state === "ok") return ok("the agent can write it");
  return fail(
    "the agent cannot write the audit: nothing is given out until it can",
    `mend what the lines above say of the audit; then: kill -HUP ${agent.status?.pid ?? "PID"} (the log says why: agent.log in the home)`,
  );
}

/** The record of decisions. */
export const AUDIT_CHECKS: readonly Check[] = [
  { name: "audit-space", judge: space },
  { name: "audit-file", judge: file },
  { name: "audit", judge: answers },
];
