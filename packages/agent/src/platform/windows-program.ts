import { lstatSync, openSync, closeSync } from "node:fs";
import { basename } from "node:path";
import type { RuleReason } from "@sotto/client/protocol";
import { descriptorAt, isOurs, openingTo, SID } from "@sotto/client/win32";
import type { FileId } from "./types.ts";
import { fileAt } from "./windows-peer.ts";

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
const REASONS = { link: "exe-symlink", owner: "exe-owner", list: "exe-writable" } as const;

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
    const opening = openingTo(path, isTrusted);
    return opening && REASONS[opening.how];
  } catch {
    return "exe-missing";
  }
}

/** Windows itself is installed in hard links. */
const isOfTheSystem = (path: string): boolean => descriptorAt(path).owner === SID.trustedInstaller;

function canRead(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}
