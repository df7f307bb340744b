import * as api from "./api.ts";
import { objectionTo, othersWith, SID } from "./descriptor.ts";
import { attributesOf, descriptorAt, descriptorOfFile, withDescriptor } from "./security.ts";
import { ownIdentity } from "./token.ts";

const ANYTHING = 0xffff_ffff;

/** Only the system, Administrators and ourselves, for the folder and for all that is made in it; nothing from above. */
const closed = (): string => {
  const own = ownIdentity().sid;
  const all = (sid: string): string => `(A;OICI;FA;;;${sid})`;
  return `O:${own}D:P${all(SID.system)}${all(SID.administrators)}${all(own)}`;
};

/** Makes a folder that nobody else can look into. False where something of that name is there already. */
export function makeClosedFolder(path: string): boolean {
  const made = withDescriptor(closed(), (sd) => api.createDirectory(path, attributesOf(sd)));
  if (made !== 0) return true;
  const error = api.getLastError();
  if (error === api.ERROR.alreadyExists) return false;
  throw api.lastError("CreateDirectory", error);
}

/** Those who may own what is the agent's: the system, Administrators, ourselves. */
export const isOurs = (sid: string): boolean =>
  sid === SID.system || sid === SID.administrators || sid === ownIdentity().sid;

/** As `isOurs`, and those who stand for the owner, who has been judged. */
const mayLook = (sid: string): boolean => isOurs(sid) || sid === SID.ownerRights || sid === SID.creatorOwner;

/** Why an open file is not ours alone: `owner`, or `mode` where others may do with it any of `rights`, all unless told. */
export const fileObjection = (fd: number, rights = ANYTHING): "owner" | "mode" | undefined =>
  objectionTo(descriptorOfFile(fd), rights, isOurs);

/** Why a folder is not ours alone: `owner`, or `mode` where others may do anything with it. Read back from the disk. */
export function folderObjection(path: string): "owner" | "mode" | undefined {
  const descriptor = descriptorAt(path);
  if (descriptor.owner === undefined || !isOurs(descriptor.owner)) return "owner";
  return othersWith(descriptor, ANYTHING, mayLook).length > 0 ? "mode" : undefined;
}
