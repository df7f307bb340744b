import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { othersWith, SID } from "./descriptor.ts";
import { descriptorAt } from "./security.ts";

/** By which a file can be changed or put in the place of another: of the file itself, and of the folder that it is in. */
const CHANGES_FILE = 0x2 | 0x4 | 0x10 | 0x10000 | 0x40000 | 0x80000 | 0x10000000 | 0x40000000;
const CHANGES_FOLDER = CHANGES_FILE | 0x40;
/** Of the folders above that: FILE_DELETE_CHILD, DELETE and the rights on them; to make new entries there does no harm. */
const MOVES_FOLDER = 0x40 | 0x10000 | 0x40000 | 0x80000 | 0x10000000;

/** Where somebody who is not trusted could change a program: by a link, as owner, or by an access list. */
export interface Opening {
  readonly path: string;
  readonly how: "link" | "owner" | "list";
}

/** The first one of a file and the folders above it; undefined where there is none. Throws for what cannot be looked at. */
export function openingTo(path: string, isTrusted: (sid: string) => boolean): Opening | undefined {
  for (let at = path, rights = CHANGES_FILE; ; at = dirname(at)) {
    const how = howOpen(at, rights, isTrusted);
    if (how !== undefined) return { path: at, how };
    if (dirname(at) === at) return undefined;
    rights = at === path ? CHANGES_FOLDER : MOVES_FOLDER;
  }
}

function howOpen(
  path: string,
  rights: number,
  isTrusted: (sid: string) => boolean,
): Opening["how"] | undefined {
  if (lstatSync(path).isSymbolicLink()) return "link";
  const descriptor = descriptorAt(path);
  if (descriptor.owner === undefined || !isTrusted(descriptor.owner)) return "owner";
  const mayBeNamed = (sid: string): boolean =>
    isTrusted(sid) || sid === SID.ownerRights || sid === SID.creatorOwner;
  return othersWith(descriptor, rights, mayBeNamed).length > 0 ? "list" : undefined;
}
