import type { Stats } from "node:fs";
import { openSync } from "node:fs";
import type { OwnedKind } from "./types.ts";

const ROOT = 0;
const OTHERS_MAY_ANYTHING = 0o077;
const OTHERS_MAY_WRITE = 0o022;
const ALL_MODE_BITS = 0o7777;
const AUDIT_MODE = 0o600;

/** The agent never becomes another user. */
const OWN = process.geteuid?.() ?? -1;

export const ownUid = (): number => OWN;

interface Wanted {
  /** Whether it may belong to root instead of to us. */
  readonly orRoot: boolean;
  readonly mode: (mode: number) => boolean;
}

const noneOf =
  (bits: number) =>
  (mode: number): boolean =>
    (mode & bits) === 0;

const WANTED: Readonly<Record<OwnedKind, Wanted>> = {
  home: { orRoot: false, mode: noneOf(OTHERS_MAY_ANYTHING) },
  config: { orRoot: true, mode: noneOf(OTHERS_MAY_WRITE) },
  vault: { orRoot: true, mode: noneOf(OTHERS_MAY_ANYTHING) },
  audit: { orRoot: false, mode: (mode) => (mode & ALL_MODE_BITS) === AUDIT_MODE },
};

/** What speaks against a file of the agent: `owner`, or `mode` where others may do with it what they must not. */
export function fileObjection(kind: OwnedKind, { uid, mode }: Stats): "owner" | "mode" | undefined {
  const { orRoot, mode: isClosed } = WANTED[kind];
  if (uid !== ownUid() && !(orRoot && uid === ROOT)) return "owner";
  return isClosed(mode) ? undefined : "mode";
}

/** A folder, open in a way that lets it be synced. */
export const openFolder = (path: string): number => openSync(path, "r");
