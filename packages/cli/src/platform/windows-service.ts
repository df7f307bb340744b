import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { api, becomeService, isOurs, isPrivileged, openingTo, ownIdentity, SID } from "@sotto/client/win32";
import type { ProgramOpening } from "./index.ts";

const isOfTheSystem = (sid: string): boolean =>
  sid === SID.system || sid === SID.administrators || sid === SID.trustedInstaller;

export const become = becomeService;

export const isElevated = (): boolean => isPrivileged(ownIdentity());

/** Where others could change a program; else where our own account could, as every program that it runs may then. */
export function openTo(path: string): ProgramOpening | undefined {
  const others = openingTo(path, (sid) => isOurs(sid) || isOfTheSystem(sid));
  if (others !== undefined) return { path: others.path, own: false };
  const own = openingTo(path, isOfTheSystem);
  return own && { path: own.path, own: true };
}

/** A program of Windows itself, where Windows says that it lies: not by a variable, which this user may have set. */
export function run([program = "", ...args]: readonly string[]): number | undefined {
  const path = join(api.systemDirectory(), program);
  return spawnSync(path, args, { stdio: "ignore", windowsHide: true }).status ?? undefined;
}
