import { readFileSync } from "node:fs";

/** The id of a group of this machine; undefined when it has none of that name. Only for settings, never for peers. */
export function groupId(name: string): number | undefined {
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [group, , gid] = line.split(":");
    if (group === name && gid !== undefined) return Number(gid);
  }
  return undefined;
}
