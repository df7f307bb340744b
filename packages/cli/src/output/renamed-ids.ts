import type { NamedId, RuleInfo } from "@sotto/client/protocol";
import { findGroupId, findGroupName, findUserId, findUserName } from "../identity.ts";

interface Kind {
  readonly word: "user" | "group";
  readonly id: "uid" | "gid";
  readonly find: (name: string) => Promise<number | undefined>;
  readonly nameOf: (id: number) => Promise<string | undefined>;
}
const USER: Kind = { word: "user", id: "uid", find: findUserId, nameOf: findUserName };
const GROUP: Kind = { word: "group", id: "gid", find: findGroupId, nameOf: findGroupName };

/**
 * What has changed in this machine's user database since the rules were made: for each name of which a rule remembers
 * another id a line that says so. The id decides, so a rule may now be for somebody else than its maker had in mind.
 */
export async function renamedIds(rules: readonly RuleInfo[]): Promise<string[]> {
  const lines = [
    ...(await changed(USER, rules, ({ users }) => users)),
    ...(await changed(GROUP, rules, ({ groups }) => groups)),
  ];
  return [...new Set(lines)];
}

async function changed(
  kind: Kind,
  rules: readonly RuleInfo[],
  named: (rule: RuleInfo) => readonly NamedId[] | undefined,
): Promise<string[]> {
  const now = new Map<string, Promise<number | undefined>>();
  const lines: string[] = [];
  for (const rule of rules) {
    for (const one of named(rule) ?? []) {
      const look = now.get(one.name) ?? kind.find(one.name);
      now.set(one.name, look);
      const id = await look;
      if (id !== one.id) lines.push(await lineOf(kind, rule.id, one, id));
    }
  }
  return lines;
}

async function lineOf(kind: Kind, rule: string, was: NamedId, now: number | undefined): Promise<string> {
  const holder = await kind.nameOf(was.id);
  const changed = now === undefined ? "does not exist any more" : `has ${now} now`;
  const who = holder === undefined ? "nobody" : `${kind.word} ${holder}`;
  return (
    `rule ${rule}: ${kind.word} ${was.name} had ${kind.id} ${was.id} when the rule was made, and ${changed}; ` +
    `the ${kind.id} decides, and it belongs to ${who} today`
  );
}
