import { join } from "node:path";
import { agentCommand } from "../commands.ts";
import type { Check, Finding, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import type { Entry, Machine } from "../machine.ts";
import { octal } from "../octal.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";

const OTHERS_ANYTHING = 0o077;
const TEMP = /^(?:vault|last-seen)\.tmp-[0-9a-f]{16}$/;
/** A save takes seconds at most. */
const STALE_MS = 60_000;

/** What keeps the agent from reading a file of its own; undefined where nothing does. */
function trouble(machine: Machine, path: string, entry: Entry, owner: number): Finding | undefined {
  const shown = quote(path);
  if (entry.kind !== "file")
    return fail(
      `${shown} is not a plain file: the agent refuses it`,
      `ls -l ${shown}; restore it from a backup`,
    );
  if (entry.uid !== owner && entry.uid !== 0)
    return fail(
      `${shown} belongs to ${machine.who(entry.uid)}: the agent refuses it`,
      `chown ${owner} ${shown}`,
    );
  if ((entry.mode & OTHERS_ANYTHING) !== 0)
    return fail(`${shown} has mode ${octal(entry.mode)}: the agent refuses it`, `chmod 600 ${shown}`);
  return undefined;
}

/** Loading the vault is when the agent puts its files in order. */
const reopen = (situation: Situation): string =>
  `${agentCommand(situation, "lock")}; ${agentCommand(situation, "unlock")}`;

function vault(situation: Situation): Verdict {
  const { machine, home, owner } = situation;
  const path = join(home, "vault");
  const backup = machine.lstat(`${path}.bak`);
  const entry = machine.lstat(path);
  if (entry === "unseen") return "unseen";
  if (entry === "absent") {
    if (backup === "absent") return warn("there is none yet", agentCommand(situation, "init"));
    return fail(
      `${quote(path)} is gone, only its backup is there`,
      `cp -p ${quote(`${path}.bak`)} ${quote(path)}; ${agentCommand(situation, "unlock")} --accept-rollback (changes of the last save are lost)`,
    );
  }
  const bad = trouble(machine, path, entry, owner);
  if (bad !== undefined) return bad;
  const second = typeof backup === "object" && backup.id === entry.id ? 2 : 1;
  if (entry.links > second)
    return fail(
      `${quote(path)} has ${entry.links} names: the agent refuses it, and somebody may keep a copy`,
      `find ${quote(home)} -xdev -samefile ${quote(path)}, and remove the others`,
    );
  return ok("a plain file that only its owner can read");
}

function backup(situation: Situation): Verdict {
  const { machine, home, owner } = situation;
  const vaultPath = join(home, "vault");
  const path = `${vaultPath}.bak`;
  const entry = machine.lstat(path);
  if (entry === "unseen") return "unseen";
  if (entry !== "absent")
    return trouble(machine, path, entry, owner) ?? ok("the version before the last save is kept");
  if (machine.lstat(vaultPath) === "absent") return undefined;
  const generation = generationOf(situation);
  if (generation === undefined || generation === 1) return ok("none yet: the next save makes it");
  return warn(
    `${quote(path)} is missing: a damaged vault could not be replaced`,
    `cp -p ${quote(vaultPath)} ${quote(path)}`,
  );
}

/** How many saves the vault has seen, by the agent or by its own record. */
const generationOf = ({ machine, home, agent }: Situation): number | undefined =>
  agent.status?.generation ?? recordOf(machine, join(home, "last-seen"));

/** The generation in `sotto last-seen 1 ID GENERATION`. */
function recordOf(machine: Machine, path: string): number | undefined {
  const generation = /^sotto last-seen 1 [0-9a-f]{32} ([1-9]\d{0,15})\n$/.exec(machine.read(path) ?? "")?.[1];
  return generation === undefined ? undefined : Number(generation);
}

function lastSeen(situation: Situation): Verdict {
  const { machine, home, owner } = situation;
  const path = join(home, "last-seen");
  const entry = machine.lstat(path);
  if (entry === "unseen") return "unseen";
  const remedy = `${reopen(situation)} (it writes a new one; make sure first that the vault is the one you expect)`;
  if (entry === "absent") {
    if (machine.lstat(join(home, "vault")) === "absent") return undefined;
    return warn(`${quote(path)} is missing: a vault put back from an old copy would not be noticed`, remedy);
  }
  const bad = trouble(machine, path, entry, owner);
  if (bad !== undefined) return bad;
  if (machine.read(path) === undefined) return "unseen";
  if (recordOf(machine, path) === undefined)
    return warn(
      `${quote(path)} holds no record: a vault put back from an old copy would not be noticed`,
      remedy,
    );
  return ok("an older vault would be noticed");
}

function leftovers(situation: Situation): Verdict {
  const { machine, home } = situation;
  const names = machine.list(home);
  if (names === undefined) return machine.lstat(home) === "absent" ? undefined : "unseen";
  const stale = names
    .filter((name) => TEMP.test(name))
    .map((name) => join(home, name))
    .filter((path) => isOld(machine, path));
  if (stale.length === 0) return ok("no save was cut off");
  return warn(
    `${stale.length} left by a save that was cut off: they hold ciphertext, and fill the disk`,
    `${reopen(situation)} (it removes them); or: rm ${stale.map(quote).join(" ")}`,
  );
}

function isOld(machine: Machine, path: string): boolean {
  const entry = machine.lstat(path);
  return typeof entry === "object" && machine.now - entry.modified > STALE_MS;
}

/** The encrypted file and what belongs to it. Nothing of it is read but the record of the last save. */
export const VAULT_CHECKS: readonly Check[] = [
  { name: "vault", judge: vault },
  { name: "vault-backup", judge: backup },
  { name: "last-seen", judge: lastSeen },
  { name: "leftovers", judge: leftovers },
];
