import type { SlotKind } from "@sotto/client/protocol";
import { pack, unpack } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";
import { depsOf, MemoryStore, setting } from "./kit.test.helper.ts";
import {
  commitOf,
  documentOf,
  forge,
  kekOf,
  openPlain,
  packed,
  pad,
  publicKeyOf,
  rewrap,
  slotAt,
  unwrap,
  withChecksum,
} from "./reference.test.helper.ts";
import { Vault } from "./vault.ts";

/** A vault file, and how an unlock of it must end. */
export interface Vector {
  readonly file: Buffer;
  readonly comment: string;
  /** `accept`, `weak-kdf`, `wrong-passphrase`, or `vault-damaged` and its reason. */
  readonly expect: string;
  readonly kind: SlotKind;
  readonly passphrase: string;
  /** For `accept`: everything that must come out. Values in hexadecimal. */
  readonly contents?: {
    readonly secrets: readonly {
      readonly name: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly versions: readonly {
        readonly number: number;
        readonly created: number;
        readonly value: string;
      }[];
    }[];
    readonly rules: readonly Rule[];
  };
}

const PASSPHRASE = "vector passphrase";
const CREATED = 1_700_000_000_000;
const RULES: readonly Rule[] = [
  { id: "0a1b", created: CREATED, selector: "db/**", may: ["get"], uids: [0, 4_294_967_294] },
  {
    id: "ff",
    created: 0,
    selector: "mail/password",
    may: ["get", "set"],
    users: [{ name: "backup", id: 34 }],
    gids: [5],
    groups: [{ name: "ops", id: 2_147_483_648 }],
  },
];

type Secrets = NonNullable<Vector["contents"]>["secrets"];

const secret = (
  name: string,
  values: readonly Buffer[],
  attributes: Record<string, string> = {},
): Secrets[number] => ({
  name,
  attributes,
  versions: values.map((value, i) => ({ number: i + 1, created: CREATED, value: value.toString("hex") })),
});

const SECRETS = [
  secret("mail/password", [Buffer.from("first"), Buffer.from("other")], {
    username: "app",
    url: "imaps://é",
  }),
  secret("db/main", [Buffer.from("s3cret")]),
];
const VALUES = [
  secret("empty", [Buffer.alloc(0)]),
  secret("bytes", [Buffer.from([0, 0xff, 0xfe, 0x0a, 0xc0, 0xaf])]),
  secret("chunk", [Buffer.alloc(8192, 0x61)]),
  secret("two-chunks", [Buffer.alloc(8193, 0x62)]),
];

/** A vault with these contents. */
async function vaultWith(
  secrets: Secrets,
  rules: readonly Rule[],
  prepare: (vault: Vault) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ file: Buffer; recoveryCode: string }> {
  const store = new MemoryStore();
  const made = await Vault.create(depsOf(store), Buffer.from(PASSPHRASE), { recovery: true });
  const { vault, recoveryCode } = made;
  for (const { name, attributes, versions } of secrets)
    for (const { value } of versions)
      await vault.update(setting(vault, name, Buffer.from(value, "hex"), attributes));
  await vault.update((now) => ({ ...now, rules }));
  await prepare(vault);
  vault.destroy();
  const code = String(recoveryCode?.bytes);
  recoveryCode?.destroy();
  return { file: await store.load(), recoveryCode: code };
}

const accept = (
  comment: string,
  file: Buffer,
  contents: Vector["contents"],
  passphrase = PASSPHRASE,
): Vector => ({ comment, expect: "accept", kind: "passphrase", passphrase, contents, file }) as Vector;

const reject = (comment: string, expect: string, file: Buffer, passphrase = PASSPHRASE): Vector => ({
  comment,
  expect,
  kind: "passphrase",
  passphrase,
  file,
});

/** All vectors by name. Each of those to be refused is wrong in one thing. */
export async function makeVectors(): Promise<ReadonlyMap<string, Vector>> {
  const base = await vaultWith(SECRETS, RULES);
  return new Map([
    ...(await accepted(base)),
    ...damagedHeaders(base.file),
    ...damagedSlots(base.file, (await vaultWith([], [])).file),
    ...damagedPayloads(base.file),
  ]);
}

async function accepted(base: { file: Buffer; recoveryCode: string }): Promise<[string, Vector][]> {
  const contents = { secrets: SECRETS, rules: RULES };
  const empty = await vaultWith([], []);
  const values = await vaultWith(VALUES, []);
  const slots = await vaultWith([], [], async (vault) => {
    for (const text of ["2", "3", "4"])
      await vault.addSlot("passphrase", `slot é ${text}`, Buffer.from(`passphrase ${text}`));
  });
  const removed = await vaultWith(SECRETS, RULES, (vault) => vault.removeSlot(vault.slots[1]?.id ?? ""));
  const { fileKey, payload } = inside(base.file);
  const encoded = forge(base.file, fileKey, { plain: pad(packed(payload)) });
  const spoken = base.recoveryCode
    .toLowerCase()
    .replaceAll("-", " ")
    .replaceAll("0", "o")
    .replaceAll("1", "i");
  return [
    ["accept", accept("secrets with attributes and versions, rules", base.file, contents)],
    [
      "accept-recovery",
      {
        ...accept("the recovery code as a person might type it", base.file, contents, spoken),
        kind: "recovery",
      },
    ],
    ["accept-empty", accept("nothing in it", empty.file, { secrets: [], rules: [] })],
    [
      "accept-values",
      accept("no bytes, any bytes, one whole chunk, two chunks", values.file, { secrets: VALUES, rules: [] }),
    ],
    [
      "accept-fourth-slot",
      accept("four passphrases, opened by the last", slots.file, { secrets: [], rules: [] }, "passphrase 4"),
    ],
    ["accept-new-file-key", accept("after a slot was removed", removed.file, contents)],
    ["accept-other-encoding", accept("containers with heads of other widths", encoded, contents)],
  ];
}

const edited = (file: Buffer, edit: (copy: Buffer) => unknown): Buffer => {
  const copy = Buffer.from(file);
  edit(copy);
  return copy;
};

function damagedHeaders(file: Buffer): [string, Vector][] {
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

function damagedSlots(file: Buffer, other: Buffer): [string, Vector][] {
  const { fileKey, payload } = inside(file);
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

type Fields = Record<string, unknown>;
const decode = (bytes: Buffer): Fields => Object.fromEntries(unpack(bytes, { binary: true, maxDepth: 5 }));

function inside(file: Buffer): { fileKey: Buffer; payload: Fields } {
  const fileKey = unwrap(file, 0, kekOf(slotAt(file, 0), Buffer.from(PASSPHRASE)));
  return { fileKey, payload: decode(documentOf(openPlain(file, fileKey))) };
}

function damagedPayloads(file: Buffer): [string, Vector][] {
  const { fileKey, payload } = inside(file);
  const [first = [], second = []] = payload["secrets"] as Buffer[][];
  const [one = Buffer.alloc(0), ...values] = first;
  const withPayload = (edit: Fields): Buffer =>
    forge(file, fileKey, { plain: pad(packed({ ...payload, ...edit })) });
  const withFirst = (edit: Fields, sealed = values): Buffer =>
    withPayload({ secrets: [[packed({ ...decode(one), ...edit }), ...sealed], second] });
  const rule = RULES[0];
  const schema: [string, string, Buffer][] = [
    ["name", "a bad name", withFirst({ name: "../x" })],
    ["name-twice", "two secrets of one name", withFirst({ name: "db/main" })],
    ["attribute", "an attribute with a line break", withFirst({ attributes: { user: "a\nb" } })],
    [
      "version-order",
      "versions out of order",
      withFirst({ versions: (decode(one)["versions"] as unknown[]).toReversed() }),
    ],
    ["version-missing", "a version without its value", withFirst({}, values.slice(1))],
    ["field-unknown", "an unknown field", withPayload({ more: 1 })],
    ["token", "a token, reserved in this version", withPayload({ tokens: [{}] })],
    ["rule-for-nobody", "a rule without an identity", withPayload({ rules: [{ ...rule, uids: undefined }] })],
    ["slot-keys", "no public keys of the slots", withPayload({ slots: [] })],
    [
      "document-trailing",
      "a byte after the document",
      forge(file, fileKey, { plain: pad(Buffer.concat([packed(payload), pack(null)])) }),
    ],
    [
      "document-deep",
      "nested a thousand deep",
      forge(file, fileKey, { plain: pad(Buffer.concat([Buffer.alloc(1000, 0x91), pack(null)])) }),
    ],
  ];
  const moved = withFirst({}, values.toReversed());
  return [
    ...schema.map(([name, comment, bytes]): [string, Vector] => [
      name,
      reject(comment, "vault-damaged schema", bytes),
    ]),
    [
      "payload",
      reject(
        "a bit of the payload",
        "vault-damaged payload",
        edited(file, (copy) => flip(copy, copy.length - 40)),
      ),
    ],
    [
      "padding",
      reject(
        "padding that is not zero",
        "vault-damaged payload",
        forge(file, fileKey, {
          plain: edited(openPlain(file, fileKey), (plain) => plain.writeUInt8(1, plain.length - 1)),
        }),
      ),
    ],
    [
      "value-moved",
      reject(
        "a sealed value in the place of another: refused when it is read",
        "vault-damaged payload",
        moved,
      ),
    ],
  ];
}
