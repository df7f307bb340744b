import { statSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@sotto/client/protocol";
import { EXIT, Failure } from "../failure/failure.ts";
import { userNames } from "./users.ts";

/** What to say where the audit of a home cannot be read: who can, or what else is in the way. */
export function unreadable(home: string, error: unknown, file?: string): Failure {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const path = printable(file === undefined ? home : join(home, file));
  if (code === "EACCES" || code === "EPERM") return denied(home, path);
  if (code === "ENOENT" || code === "ENOTDIR") return noAudit(home);
  if (code === undefined || code === "ELOOP" || code === "ENXIO")
    return new Failure(EXIT.failed, `${path} is not a plain file`, "look who put it there");
  return new Failure(EXIT.failed, `${path} cannot be read (${code})`);
}

/** There is none in this home. */
export const noAudit = (home: string): Failure =>
  new Failure(
    EXIT.failed,
    `there is no audit in ${printable(home)}`,
    "is it the right home? --home or SOTTO_HOME names another",
  );

function denied(home: string, path: string): Failure {
  const owner = ownerOf(home);
  return new Failure(
    EXIT.notFound,
    `${path} may not be read by this user`,
    owner === undefined
      ? "root and the owner of the home can read the audit"
      : `root and ${owner} can read the audit`,
  );
}

function ownerOf(home: string): string | undefined {
  try {
    const { uid } = statSync(home);
    return uid === 0 ? undefined : userNames().who(uid);
  } catch {
    return undefined;
  }
}
