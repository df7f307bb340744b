import { isUnitName } from "@sotto/client/protocol";

const UNIT_FOLDER = "/system.slice/";

/**
 * The systemd system unit in a text of /proc/PID/cgroup (cgroups(7)): the process must be in the unit's own cgroup, not
 * below it, where a unit could have made any name. `name=systemd` is where systemd keeps its units on version 1, and
 * where it is there, version 2 (`0::`) says nothing. Paths are as the agent's own cgroup namespace sees them: `/../...`
 * is outside of it.
 */
export function unitIn(cgroups: string): string | undefined {
  if (!cgroups.includes(UNIT_FOLDER)) return undefined; // of most processes; version 1 has a dozen lines
  const lines = cgroups.split("\n");
  const path = pathIn(lines, /^[1-9]\d*:name=systemd:(.*)$/) ?? pathIn(lines, /^0::(.*)$/);
  if (path?.startsWith(UNIT_FOLDER) !== true) return undefined;
  const name = path.slice(UNIT_FOLDER.length);
  return isUnitName(name) ? name : undefined;
}

function pathIn(lines: readonly string[], line: RegExp): string | undefined {
  for (const text of lines) {
    const path = line.exec(text)?.[1];
    if (path !== undefined) return path;
  }
  return undefined;
}
