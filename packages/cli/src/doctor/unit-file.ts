import type { Machine } from "./machine.ts";

/** Where systemd looks, the first one that has the unit counts (systemd.unit(5)). */
const FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];
export const UNIT = "sotto.service";

export interface UnitFile {
  readonly path: string;
  /** Settings of the section [Service], with the drop-ins; the last of equal keys. */
  readonly service: ReadonlyMap<string, string>;
}

/** The unit file of the machine's agent; undefined where there is none. */
export function readUnit(machine: Machine): UnitFile | undefined {
  const path = FOLDERS.map((folder) => `${folder}/${UNIT}`).find((one) => machine.read(one) !== undefined);
  if (path === undefined) return undefined;
  const service = new Map<string, string>();
  for (const file of [path, ...dropIns(machine)]) addSettings(service, machine.read(file) ?? "");
  return { path, service };
}

/** In the order of their names, wherever they lie; of two with one name that of the first folder. */
function dropIns(machine: Machine): string[] {
  const found = new Map<string, string>();
  for (const folder of FOLDERS.map((one) => `${one}/${UNIT}.d`)) {
    const names = (machine.list(folder) ?? []).filter((name) => name.endsWith(".conf"));
    for (const name of names) if (!found.has(name)) found.set(name, `${folder}/${name}`);
  }
  return [...found.keys()].sort().map((name) => found.get(name) ?? "");
}

/** systemd.syntax(7), as far as these settings need it: no continued lines. */
function addSettings(service: Map<string, string>, text: string): void {
  let section = "";
  for (const line of text.split("\n").map((one) => one.trim())) {
    const setting = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line);
    if (line.startsWith("[")) section = line;
    else if (setting?.[1] !== undefined && section === "[Service]") service.set(setting[1], setting[2] ?? "");
  }
}
