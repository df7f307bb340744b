/** Security descriptors in their binary form (MS-DTYP 2.4): read by hand, so that what is judged is what is there. */

/** One entry of an access list. */
export interface Entry {
  readonly kind: "allow" | "deny" | "other";
  /** Bits of ACE_HEADER.AceFlags. */
  readonly flags: number;
  /** Bits of ACCESS_MASK. */
  readonly mask: number;
  readonly sid: string;
}

export interface Descriptor {
  readonly owner: string | undefined;
  /** Nothing is inherited from the folder above. */
  readonly protected: boolean;
  /** undefined: there is no list, and everybody may do everything. */
  readonly entries: readonly Entry[] | undefined;
}

const SE_DACL_PRESENT = 0x4;
const SE_DACL_PROTECTED = 0x1000;
const KINDS = ["allow", "deny"] as const;
/** Only for what is made below, not for the object itself. */
export const INHERIT_ONLY = 0x8;

/** Parses a self-relative descriptor. Throws a `RangeError` for one that points outside of itself. */
export function parseDescriptor(bytes: Buffer): Descriptor {
  const control = bytes.readUInt16LE(2);
  const owner = bytes.readUInt32LE(4);
  const dacl = bytes.readUInt32LE(16);
  return {
    owner: owner === 0 ? undefined : sidText(bytes, owner),
    protected: (control & SE_DACL_PROTECTED) !== 0,
    entries: (control & SE_DACL_PRESENT) === 0 || dacl === 0 ? undefined : entriesAt(bytes, dacl),
  };
}

function entriesAt(bytes: Buffer, start: number): Entry[] {
  const count = bytes.readUInt16LE(start + 4);
  const entries: Entry[] = [];
  let at = start + 8;
  for (let i = 0; i < count; i++) {
    entries.push({
      kind: KINDS[bytes.readUInt8(at)] ?? "other",
      flags: bytes.readUInt8(at + 1),
      mask: bytes.readUInt32LE(at + 4),
      sid: sidText(bytes, at + 8),
    });
    at += bytes.readUInt16LE(at + 2);
  }
  return entries;
}

/** A SID in its text form, `S-1-5-...`. */
export function sidText(bytes: Buffer, at = 0): string {
  const count = bytes.readUInt8(at + 1);
  const parts = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(at + 8 + 4 * i));
  return ["S", bytes.readUInt8(at), bytes.readUIntBE(at + 2, 6), ...parts].join("-");
}

/** Well-known SIDs (MS-DTYP 2.4.2.4). */
export const SID = {
  system: "S-1-5-18",
  administrators: "S-1-5-32-544",
  network: "S-1-5-2",
  everyone: "S-1-1-0",
  authenticated: "S-1-5-11",
  /** Whoever owns the object. */
  ownerRights: "S-1-3-4",
  /** Whoever makes an object below. */
  creatorOwner: "S-1-3-0",
  trustedInstaller: "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
} as const;

/** Who holds any of these rights on the object itself, beside those who are trusted. Nobody is left out: no list means everybody. */
export function othersWith(
  { entries }: Descriptor,
  mask: number,
  isTrusted: (sid: string) => boolean,
): readonly string[] {
  if (entries === undefined) return [SID.everyone];
  const here = entries.filter(({ kind, flags }) => kind !== "deny" && (flags & INHERIT_ONLY) === 0);
  return here
    .filter((entry) => (entry.kind === "other" || (entry.mask & mask) !== 0) && !isTrusted(entry.sid))
    .map(({ sid }) => sid);
}

/** Why what has this descriptor is not ours alone: `owner`, or `mode` where others hold any of these rights. */
export function objectionTo(
  descriptor: Descriptor,
  rights: number,
  isOurs: (sid: string) => boolean,
): "owner" | "mode" | undefined {
  if (descriptor.owner === undefined || !isOurs(descriptor.owner)) return "owner";
  // Who stands for the owner has been judged.
  const mayBeNamed = (sid: string): boolean => isOurs(sid) || sid === SID.ownerRights;
  return othersWith(descriptor, rights, mayBeNamed).length > 0 ? "mode" : undefined;
}
