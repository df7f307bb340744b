import { describe, expect, it } from "vitest";
import { INHERIT_ONLY, objectionTo, othersWith, parseDescriptor, SID, sidText } from "./descriptor.ts";

/** A SID in its binary form (MS-DTYP 2.4.2.2). */
function sid(text: string): Buffer {
  const [, revision = "", authority = "", ...parts] = text.split("-");
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes.writeUInt8(Number(revision), 0);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUIntBE(Number(authority), 2, 6);
  parts.forEach((part, i) => bytes.writeUInt32LE(Number(part), 8 + 4 * i));
  return bytes;
}

/** An entry: type, flags, rights and whom it is about. */
function entry(type: number, flags: number, mask: number, whom: string): Buffer {
  const who = sid(whom);
  const head = Buffer.alloc(8);
  head.set([type, flags]);
  head.writeUInt16LE(8 + who.length, 2);
  head.writeUInt32LE(mask, 4);
  return Buffer.concat([head, who]);
}

const PRESENT = 0x8004;
const PROTECTED = 0x1000;

/** A self-relative descriptor; without entries it has no list at all. */
function descriptor(control: number, owner: string, entries?: readonly Buffer[]): Buffer {
  const who = sid(owner);
  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(control, 2);
  head.writeUInt32LE(head.length, 4);
  if (entries === undefined) return Buffer.concat([head, who]);
  head.writeUInt32LE(head.length + who.length, 16);
  const list = Buffer.alloc(8);
  list.writeUInt8(2, 0);
  list.writeUInt16LE(8 + Buffer.concat(entries).length, 2);
  list.writeUInt16LE(entries.length, 4);
  return Buffer.concat([head, who, list, ...entries]);
}

const JOB = "S-1-5-21-1004336348-1177238915-682003330-1001";
const isTrusted = (one: string): boolean => one === SID.system || one === SID.administrators;

describe("what is ours alone", () => {
  const own = "S-1-5-21-1004336348-1177238915-682003330-1002";
  const isOurs = (one: string): boolean => isTrusted(one) || one === own;
  const judge = (owner: string, ...entries: Buffer[]): string | undefined =>
    objectionTo(parseDescriptor(descriptor(PRESENT, owner, entries)), 0xffff_ffff, isOurs);
  const mine = entry(0, 0, 0x1f01ff, own);

  it("belongs to us, the system or Administrators, and names nobody else", () => {
    for (const owner of [own, SID.system, SID.administrators])
      expect(judge(owner, mine, entry(0, 0, 0x1f01ff, SID.system))).toBeUndefined();
    expect(judge(own, entry(0, 0, 0x120089, SID.ownerRights))).toBeUndefined();
    expect(judge(JOB, mine)).toBe("owner");
  });

  it("is open to others by any right that somebody else holds, and without a list", () => {
    for (const mask of [0x1, 0x80, 0x20000])
      for (const whom of [SID.everyone, SID.authenticated, JOB])
        expect(judge(own, mine, entry(0, 0, mask, whom))).toBe("mode");
    expect(judge(own, mine, entry(1, 0, 0x1f01ff, SID.everyone))).toBeUndefined(); // denied, not allowed
    expect(objectionTo(parseDescriptor(descriptor(PRESENT, own)), 1, isOurs)).toBe("mode");
  });
});

describe("descriptors of Windows", () => {
  it("a SID is written as Windows writes it", () => {
    for (const text of [SID.system, SID.trustedInstaller, JOB, "S-1-281474976710655-0"])
      expect(sidText(sid(text))).toBe(text);
  });

  it("owner, protection and every entry are read", () => {
    const bytes = descriptor(PRESENT | PROTECTED, JOB, [
      entry(1, 0, 0x1f01ff, SID.network),
      entry(0, 3, 0x120089, JOB),
      entry(5, 0, 1, SID.system), // for one kind of object
    ]);
    expect(parseDescriptor(bytes)).toEqual({
      owner: JOB,
      protected: true,
      entries: [
        { kind: "deny", flags: 0, mask: 0x1f01ff, sid: SID.network },
        { kind: "allow", flags: 3, mask: 0x120089, sid: JOB },
        expect.objectContaining({ kind: "other" }),
      ],
    });
    expect(() => parseDescriptor(bytes.subarray(0, -4))).toThrow(RangeError);
  });

  it("where there is no list everybody may do everything; an empty one lets nobody in", () => {
    const none = parseDescriptor(descriptor(PRESENT, JOB));
    expect([none.entries, othersWith(none, 1, isTrusted)]).toEqual([undefined, [SID.everyone]]);
    expect(othersWith(parseDescriptor(descriptor(PRESENT, JOB, [])), 1, isTrusted)).toEqual([]);
  });

  it("others are those who are not trusted and hold one of the rights on the object itself", () => {
    const found = (...entries: Buffer[]): readonly string[] =>
      othersWith(parseDescriptor(descriptor(PRESENT, JOB, entries)), 0x2, isTrusted);
    expect(found(entry(0, 0, 0x3, SID.system), entry(0, 0, 0x3, SID.administrators))).toEqual([]);
    expect(found(entry(0, 0, 0x2, JOB))).toEqual([JOB]);
    expect(found(entry(0, 0, 0x1, JOB))).toEqual([]);
    expect(found(entry(1, 0, 0x2, JOB))).toEqual([]); // what is denied is not held
    expect(found(entry(0, INHERIT_ONLY, 0x2, JOB))).toEqual([]);
    expect(found(entry(9, 0, 0, JOB))).not.toEqual([]); // what is not understood counts as held
  });
});
