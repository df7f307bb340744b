import { lstatSync, openSync, closeSync } from "node:fs";
import { dirname, basename } from "node:path";
import type { RuleReason } from "@sotto/client/protocol";
import { descriptorAt, isOurs, othersWith, SID } from "@sotto/client/win32";
import type { FileId } from "./types.ts";
import { fileAt } from "./windows-peer.ts";

/** By which a file can be changed or put in the place of another: of the file itself, and of the folder that it is in. */
const CHANGES_FILE = 0x2 | 0x4 | 0x10 | 0x10000 | 0x40000 | 0x80000 | 0x10000000 | 0x40000000;
const CHANGES_FOLDER = CHANGES_FILE | 0x40;
/** Of the folders above that: FILE_DELETE_CHILD, DELETE and the rights on them; to make new entries there does no harm. */
const MOVES_FOLDER = 0x40 | 0x10000 | 0x40000 | 0x80000 | 0x10000000;

/** Programs that run whatever their arguments say, by the name of their file. */
const INTERPRETERS = new RegExp(
  `^(?:${[
    ...[
      "cmd",
      "powershell",
      "powershell_ise",
      "pwsh",
      "wscript",
      "cscript",
      "mshta",
      "bash",
      "sh",
      "wsl",
      "busybox",
    ],
    ...[
      String.raw`pythonw?[\d.]*`,
      "py",
      "pyw",
      "node",
      "deno",
      "bun",
      String.raw`perl[\d.]*`,
      "wperl",
      "rubyw?",
    ],
    ...[
      String.raw`php[\d.]*(?:-cgi|-win)?`,
      "lua",
      "javaw?",
      "dotnet",
      "msbuild",
      "installutil",
      "regasm",
      "regsvcs",
    ],
    ...[
      "rundll32",
      "regsvr32",
      "msiexec",
      "forfiles",
      "tclsh",
      "wish",
      "rscript",
      "julia",
      "autohotkey",
      "conhost",
    ],
  ].join("|")})\\.(?:exe|com)$`,
  "i",
);
const SCRIPT = /\.(?:bat|cmd|ps1|vbs|vbe|js|jse|wsf|wsh|py|msc)$/i;

const isTrusted = (sid: string): boolean => isOurs(sid) || sid === SID.trustedInstaller;
const mayBeNamed = (sid: string): boolean =>
  isTrusted(sid) || sid === SID.ownerRights || sid === SID.creatorOwner;

/** Why a rule may not name the program at `path`; undefined when it may. */
export function judgeProgram(
  path: string,
  { allowInterpreter }: { allowInterpreter: boolean },
): RuleReason | undefined {
  const name = basename(path);
  return (
    objection(path) ??
    (SCRIPT.test(name) ? "exe-script" : undefined) ??
    (!allowInterpreter && (INTERPRETERS.test(name) || fileAt(path) === fileAt(process.execPath))
      ? "exe-interpreter"
      : undefined)
  );
}

/** The program at a path that nobody could have changed but the system, its administrators, its installer or ourselves. */
export const programAt = (path: string): FileId | undefined =>
  objection(path) === undefined ? fileAt(path) : undefined;

function objection(path: string): RuleReason | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "exe-missing";
    if (stat.isSymbolicLink()) return "exe-symlink";
    if (!stat.isFile() || !canRead(path)) return "exe-not-a-program";
    if (stat.nlink > 1 && !isOfTheSystem(path)) return "exe-links";
    return judge(path, CHANGES_FILE) ?? judgeFolders(dirname(path));
  } catch {
    return "exe-missing";
  }
}

/** Windows itself is installed in hard links. */
const isOfTheSystem = (path: string): boolean => descriptorAt(path).owner === SID.trustedInstaller;

function judgeFolders(folder: string): RuleReason | undefined {
  let rights = CHANGES_FOLDER;
  for (let at = folder; ; at = dirname(at), rights = MOVES_FOLDER) {
    if (lstatSync(at).isSymbolicLink()) return "exe-symlink";
    const reason = judge(at, rights);
    if (reason !== undefined) return reason;
    if (dirname(at) === at) return undefined;
  }
}

function judge(path: string, rights: number): RuleReason | undefined {
  const descriptor = descriptorAt(path);
  if (descriptor.owner === undefined || !isTrusted(descriptor.owner)) return "exe-owner";
  return othersWith(descriptor, rights, mayBeNamed).length > 0 ? "exe-writable" : undefined;
}

function canRead(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}
