import { pack } from "@sotto/client/protocol";
import type { Fields } from "./reference.test.helper.ts";
import {
  commitOf,
  decode,
  forge,
  inside,
  kekOf,
  openPlain,
  packed,
  pad,
  publicKeyOf,
  rewrap,
  slotAt,
  withChecksum,
} from "./reference.test.helper.ts";
import type { Vector } from "./vectors.test.helper.ts";

/* Vaults that are wrong in one thing each. */

export const PASSPHRASE = "vector passphrase";

const reject = (comment: string, expect: string, file: Buffer, passphrase = PASSPHRASE): Vector => ({
  comment,
  expect,
  kind: "passphrase",
  passphrase,
  file,
});

const edited = (file: Buffer, edit: (copy: Buffer) => unknown): Buffer => {
  const copy = Buffer.from(file);
  edit(copy);
  return copy;
};

export function damagedHeaders(file: Buffer): [string, Vector][] {
  const cases: [string, string, string, (copy: Buffer) => unknown][] = [
    ["magic", "magic", "another magic", (copy) => copy.writeUInt8(0x73, 0)],
    ["version", "version", "version 2", (copy) => copy.writeUInt16LE(2, 8)],
    ["flags", "flags", "an unknown flag", (copy) => copy.writeUInt16LE(1, 10)],
    ["aead", "flags", "an unknown cipher", (copy) => copy.writeUInt8(2, 64)],
    ["header-length", "length", "a header beyond 64 KiB", (copy) => copy.writeUInt32LE(65_537, 12)],
    ["no-slots", "slots", "no slot", (copy) => copy.writeUInt8(0, 65)],
    ["seventeen-slots", "slots", "17 slots", (copy) => copy.writeUInt8(17, 65)],
    ["slot-type", "slots", "an unknown type of slot", (copy) => slotAt(copy, 0).writeUInt8(3, 0)],
    ["slot-twice", "slots", "two slots of one id", (copy) => slotAt(copy, 0).copy(slotAt(copy, 1), 1, 1, 17)],
    ["label", "slots", "a label that is no UTF-8", (copy) => slotAt(copy, 0).write("\x01\xff", 17, "latin1")],
    ["kdf-memory", "kdf", "4 TiB of memory", (copy) => slotAt(copy, 0).writeUInt32LE(0xffff_ffff, 87)],
    ["kdf-passes", "kdf", "no passes", (copy) => slotAt(copy, 1).writeUInt32LE(0, 83)],
    ["kdf-unknown", "kdf", "an unknown key derivation", (copy) => slotAt(copy, 0).writeUInt8(2, 82)],
    ["generation", "schema", "generation 0", (copy) => copy.writeBigUInt64LE(0n, 40)],
    ["mac", "mac", "another time of saving, without the key", (copy) => copy.writeUInt8(1, 56)],
  ];
  return [
    ...cases.map(([name, reason, comment, edit]): [string, Vector] => [
      name,
      reject(comment, `vault-damaged ${reason}`, withChecksum(file, edit)),
    ]),
    [
      "checksum",
      reject(
        "a bit of a salt",
        "vault-damaged checksum",
        edited(file, (copy) => flip(copy, 90 + 91)),
      ),
    ],
    ["truncated", reject("the last byte is missing", "vault-damaged length", file.subarray(0, -1))],
    ["trailing", reject("a byte too much", "vault-damaged length", Buffer.concat([file, Buffer.alloc(1)]))],
  ];
}

const flip = (copy: Buffer, at: number): number => copy.writeUInt8(copy.readUInt8(at) ^ 1, at);

export function damagedSlots(file: Buffer, other: Buffer): [string, Vector][] {
  const { fileKey, payload } = inside(file, PASSPHRASE);
  const second = "second passphrase";
  const foreign = withChecksum(file, (copy) => slotAt(other, 0).copy(slotAt(copy, 0)));
  const twoPassphrases = withChecksum(file, (copy) =>
    rewrap(copy, 0, kekOf(slotAt(copy, 0), Buffer.from(second)), fileKey),
  );
  const committed = withChecksum(file, (copy) => {
    commitOf(kekOf(slotAt(copy, 0), Buffer.from(second))).copy(slotAt(copy, 0), 211);
  });
  return [
    ["wrong-passphrase", reject("a passphrase of no slot", "wrong-passphrase", file, second)],
    ["slot-foreign", reject("a slot of another vault", "vault-damaged slot-key", foreign)],
    [
      "slot-wrapped",
      reject("opens, but the commitment is another's", "vault-damaged slot-key", twoPassphrases, second),
    ],
    [
      "slot-committed",
      reject("the commitment is right, but it does not open", "vault-damaged slot-key", committed, second),
    ],
    ["weak-kdf", reject("1 MiB and one pass", "weak-kdf", weakened(file, fileKey, payload))],
  ];
}

/** `file` has slots kept by DPAPI at 2 and 3. */
export function damagedKept(file: Buffer): [string, Vector][] {
  const cases: [string, string, string, (copy: Buffer) => unknown][] = [
    ["kept-empty", "slots", "a kept slot with nothing in it", (copy) => slotAt(copy, 2).fill(0, 243)],
    ["kept-longer", "slots", "1023 bytes where 1022 fit", (copy) => slotAt(copy, 3).writeUInt16LE(1023, 243)],
    ["kept-tail", "slots", "a byte after the end", (copy) => slotAt(copy, 2).writeUInt8(1, 243 + 1023)],
    [
      "kept-type",
      "length",
      "a plain slot with the type of a kept one",
      (copy) => slotAt(copy, 4).writeUInt8(17),
    ],
  ];
  return cases.map(([name, reason, comment, edit]) => [
    name,
    reject(comment, `vault-damaged ${reason}`, withChecksum(file, edit)),
  ]);
}

function weakened(file: Buffer, fileKey: Buffer, payload: Fields): Buffer {
  const keys = payload["slots"] as Map<string, Buffer>[];
  const weak = (header: Buffer): undefined => {
    const slot = slotAt(header, 0);
    slot.writeUInt32LE(1, 83);
    slot.writeUInt32LE(1024, 87);
    const kek = kekOf(slot, Buffer.from(PASSPHRASE));
    commitOf(kek).copy(slot, 211);
    rewrap(header, 0, kek, fileKey);
    keys[0]?.set("key", publicKeyOf(kek));
  };
  weak(Buffer.from(file));
  return forge(file, fileKey, { header: weak, plain: pad(packed({ ...payload, slots: keys })) });
}

/** The vault with other fields in its payload. */
const withPayload = (file: Buffer, edit: Fields): Buffer => {
  const { fileKey, payload } = inside(file, PASSPHRASE);
  return forge(file, fileKey, { plain: pad(packed({ ...payload, ...edit })) });
};

/** The vault with its first secret edited, or with other values for it. */
function withFirst(file: Buffer, edit: Fields, sealed?: (values: Buffer[]) => Buffer[]): Buffer {
  const [first = [], second = []] = inside(file, PASSPHRASE).payload["secrets"] as Buffer[][];
  const [one = Buffer.alloc(0), ...values] = first;
  const description = packed({ ...decode(one), ...edit });
  return withPayload(file, { secrets: [[description, ...(sealed?.(values) ?? values)], second] });
}

export function damagedPayloads(file: Buffer): [string, Vector][] {
  const { fileKey, payload } = inside(file, PASSPHRASE);
  const document = packed(payload);
  const withDocument = (bytes: Buffer): Buffer => forge(file, fileKey, { plain: pad(bytes) });
  const versions = [2, 1].map((number) => ({ number, created: 1, size: 5 }));
  const token = { label: "nightly", hash: Buffer.alloc(32, 7), created: 1 };
  const tokens = (...edits: Fields[]): Buffer =>
    withPayload(file, { tokens: edits.map((edit) => ({ ...token, ...edit })) });
  const nobody = { id: "aa", created: 1, selector: "db/**", may: ["get"] };
  const schema: [string, string, Buffer][] = [
    ["name", "a bad name", withFirst(file, { name: "../x" })],
    ["name-twice", "two secrets of one name", withFirst(file, { name: "db/main" })],
    ["attribute", "an attribute with a line break", withFirst(file, { attributes: { user: "a\nb" } })],
    ["version-order", "versions out of order", withFirst(file, { versions })],
    ["version-missing", "a version without its value", withFirst(file, {}, (values) => values.slice(1))],
    ["field-unknown", "an unknown field", withPayload(file, { more: 1 })],
    ["token-empty", "a token without fields", withPayload(file, { tokens: [{}] })],
    ["token-label", "a token with a bad label", tokens({ label: "Nightly" })],
    ["token-label-twice", "two tokens of one label", tokens({}, { hash: Buffer.alloc(32, 8) })],
    ["token-hash-31", "a token with a hash of 31 bytes", tokens({ hash: Buffer.alloc(31, 7) })],
    ["token-field-unknown", "a token with an unknown field", tokens({ note: "x" })],
    ["token-field-of-request", "a token with a field that only requests have", tokens({ v: 1 })],
    [
      "rule-window",
      "a rule with a window of no time",
      withPayload(file, { rules: [{ ...nobody, uids: [1], windows: ["02:00"] }] }),
    ],
    ["rule-for-nobody", "a rule without an identity", withPayload(file, { rules: [nobody] })],
    ["slot-keys", "no public keys of the slots", withPayload(file, { slots: [] })],
    ["document-trailing", "a byte after the document", withDocument(Buffer.concat([document, pack(null)]))],
    ["document-deep", "nested a thousand deep", withDocument(deep(payload))],
  ];
  const padding = edited(openPlain(file, fileKey), (plain) => plain.writeUInt8(1, plain.length - 1));
  const bit = edited(file, (copy) => flip(copy, copy.length - 40));
  const moved = withFirst(file, {}, (values) => values.toReversed());
  const lost: [string, string, Buffer][] = [
    ["payload", "a bit of the payload", bit],
    ["padding", "padding that is not zero", forge(file, fileKey, { plain: padding })],
    ["value-moved", "a sealed value in the place of another: refused when it is read", moved],
  ];
  return [...refused(schema, "vault-damaged schema"), ...refused(lost, "vault-damaged payload")];
}

const refused = (cases: readonly [string, string, Buffer][], expect: string): [string, Vector][] =>
  cases.map(([name, comment, bytes]) => [name, reject(comment, expect, bytes)]);

/** The payload with a thousand arrays, one in the other, in the place of its rules. */
function deep(payload: Fields): Buffer {
  const document = packed({ ...payload, rules: "MARK" });
  const at = document.indexOf("MARK") - 1;
  return Buffer.concat([
    document.subarray(0, at),
    Buffer.alloc(1000, 0x91),
    pack(null),
    document.subarray(at + 5),
  ]);
}
