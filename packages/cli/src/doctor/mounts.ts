import type { Machine } from "./machine.ts";
import { linesOf } from "./machine.ts";

/** A file system where it is mounted. */
export interface Mount {
  readonly at: string;
  readonly type: string;
  readonly source: string;
  /** Options of the mount and of the file system. */
  readonly options: readonly string[];
}

/** proc_pid_mountinfo(5): six fields, any number of tags, a dash, then type, source and options of the file system. */
function mountsOf(machine: Machine): Mount[] {
  return linesOf(machine, "/proc/self/mountinfo").flatMap((line): Mount[] => {
    const [mount = "", system = ""] = line.split(" - ");
    const [, , , , at, own] = mount.split(" ");
    const [type, source, more] = system.split(" ");
    if (at === undefined || type === undefined || source === undefined) return [];
    return [
      { at: unescape(at), type, source: unescape(source), options: `${own ?? ""},${more ?? ""}`.split(",") },
    ];
  });
}

const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** The file system that a path lies on: the deepest mount above it, and of several at one place the last. */
export function mountOf(machine: Machine, path: string): Mount | undefined {
  const real = machine.realPath(path) ?? path;
  const above = mountsOf(machine).filter(({ at }) => at === "/" || real === at || real.startsWith(`${at}/`));
  return above.reduce<Mount | undefined>(
    (best, one) => (best !== undefined && best.at.length > one.at.length ? best : one),
    undefined,
  );
}
