import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { endOf, folderObjection, makeClosedFolder, sidOfAccount, startProgram } from "@sotto/client/win32";
import { usage } from "../failure/failure.ts";
import type { Programs } from "./index.ts";
import type { Places } from "../launcher/arguments.ts";

/** Node's permission flags read a star as a pattern and may read a comma as the start of another path. */
const MISREAD = /[*,]/;

/** Makes the home, closed to everybody but the system, Administrators and ourselves, and reads that back. */
export function prepareFolders({ home }: Places): void {
  if (MISREAD.test(home))
    throw usage("the path of a home must not hold * or a comma", "choose another with --home");
  makeHome(home);
  if (statSync(home, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw usage(`the home ${home} is not a folder`);
  const objection = folderObjection(home);
  if (objection === undefined) return;
  if (objection === "owner")
    throw usage(
      `the home ${home} belongs to another user`,
      "start the agent as that user, or choose another --home",
    );
  throw usage(
    `others may look into the home ${home}`,
    `close it with: icacls "${home}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F" *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F`,
  );
}

function makeHome(home: string): void {
  try {
    mkdirSync(dirname(home), { recursive: true });
    makeClosedFolder(home);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw usage(`the folder ${home} cannot be made (${code ?? message})`);
  }
}

export const programs: Programs = { start: startProgram, endOf };

/** Handles are inherited only where that was asked for. */
export const closeInherited = (): void => undefined;

export const sidOf = sidOfAccount;
