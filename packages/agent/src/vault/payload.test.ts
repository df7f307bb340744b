import { pack, unpack } from "@sotto/client/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { fixture, PASSPHRASE, unlocking } from "./kit.test.helper.ts";
import { documentOf, forge, kekOf, openPlain, packed, pad, slotAt, unwrap } from "./reference.test.helper.ts";

let file: Buffer;
let fileKey: Buffer;

beforeAll(async () => {
  ({ file } = await fixture());
  fileKey = unwrap(file, 0, kekOf(slotAt(file, 0), PASSPHRASE));
});

describe("the payload", () => {
  type Fields = Record<string, unknown>;
  const decode = (bytes: Buffer): Fields => Object.fromEntries(unpack(bytes, { binary: true, maxDepth: 5 }));
  const payload = (): Fields & { secrets: Buffer[][] } =>
    decode(documentOf(openPlain(file, fileKey))) as Fields & { secrets: Buffer[][] };
  const forged = (document: Buffer): Promise<{ result: string }> =>
    unlocking(forge(file, fileKey, { plain: pad(document) }));
  const first = (): [Fields, Buffer[]] => {
    const [description = Buffer.alloc(0), ...sealed] = payload().secrets[0] ?? [];
    return [decode(description), sealed];
  };
  /** The vault with its first secret edited. */
  const withFirst = (edit: (description: Fields, sealed: Buffer[]) => void): Promise<{ result: string }> => {
    const all = payload();
    const [description, sealed] = first();
    edit(description, sealed);
    all.secrets[0] = [packed(description), ...sealed];
    return forged(packed(all));
  };
  const token = { label: "nightly", hash: Buffer.alloc(32), created: 1 };
  const rule = { id: "aa", created: 1, selector: "db/**", may: ["get"], uids: [1000] };

  it("opens when nothing is edited", async () => {
    expect((await forged(packed(payload()))).result).toBe("accepted");
    expect((await withFirst(() => undefined)).result).toBe("accepted");
    expect((await forged(packed({ ...payload(), rules: [rule] }))).result).toBe("accepted");
    const tokens = [token, { ...token, label: "weekly", uid: 34, expires: 2 }];
    expect((await forged(packed({ ...payload(), tokens }))).result).toBe("accepted");
  });

  it.each<[string, (description: Fields, sealed: Buffer[]) => void]>([
    ["a bad name", (one) => (one["name"] = "../x")],
    ["a name twice", (one) => (one["name"] = "db/main")],
    ["a short id", (one) => (one["id"] = Buffer.alloc(15))],
    ["an id that is text", (one) => (one["id"] = "x".repeat(16))],
    ["an unknown field", (one) => (one["more"] = 1)],
    ["a missing field", (one) => delete one["attributes"]],
    ["a bad attribute", (one) => (one["attributes"] = { user: "a\nb" })],
    ["an attribute that is no text", (one) => (one["attributes"] = { user: 1 })],
    [
      "too many attributes",
      (one) => (one["attributes"] = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, "v"]))),
    ],
    ["no version", (one, sealed) => ((one["versions"] = []), (sealed.length = 0))],
    ["a version without a value", (_, sealed) => (sealed.length = 0)],
    ["a value without a version", (_, sealed) => sealed.push(Buffer.alloc(48))],
    [
      "a size that differs",
      (_, sealed) => (sealed[0] = Buffer.alloc(sealed[0]?.length ?? 0 + 1).subarray(1)),
    ],
    ["a version 0", (one) => (one["versions"] = [{ number: 0, created: 1, size: 7 }])],
    ["a size above any", (one) => (one["versions"] = [{ number: 1, created: 1, size: 2 ** 40 }])],
    [
      "a size above 1 MiB",
      (one, sealed) => {
        one["versions"] = [{ number: 1, created: 1, size: 1024 * 1024 + 1 }];
        sealed[0] = Buffer.alloc(1024 * 1024 + 1 + 129 * 40);
      },
    ],
    ["a time before 1970", (one) => (one["versions"] = [{ number: 1, created: -1, size: 7 }])],
    [
      "versions out of order",
      (one, sealed) => {
        one["versions"] = [2, 1].map((number) => ({ number, created: 1, size: 7 }));
        sealed.push(sealed[0] ?? Buffer.alloc(0));
      },
    ],
  ])("B96: refuses %s", async (_, edit) => {
    expect((await withFirst(edit)).result).toBe("vault-damaged schema");
  });

  it.each<[string, Fields]>([
    ["an unknown field", { more: 1 }],
    ["tokens that are no list", { tokens: {} }],
    ["a token that is no map", { tokens: [1] }],
    ["two tokens of one label", { tokens: [token, { ...token, hash: Buffer.alloc(32, 1) }] }],
    ["a token with a bad label", { tokens: [{ ...token, label: "Nightly" }] }],
    ["a token without a label", { tokens: [{ ...token, label: undefined }] }],
    ["a token with a hash of 31 bytes", { tokens: [{ ...token, hash: Buffer.alloc(31) }] }],
    ["a token with a hash that is text", { tokens: [{ ...token, hash: "x".repeat(32) }] }],
    ["a token without a hash", { tokens: [{ ...token, hash: undefined }] }],
    ["a token without a time", { tokens: [{ ...token, created: undefined }] }],
    ["a token for the uid that nobody has", { tokens: [{ ...token, uid: 0xffff_ffff }] }],
    ["a token that expires never, said with nil", { tokens: [{ ...token, expires: null }] }],
    ["a token with an unknown field", { tokens: [{ ...token, note: "x" }] }],
    ["a token with a field of requests", { tokens: [{ ...token, verb: "token-new" }] }],
    ["a setting, which this version does not know", { settings: { x: 1 } }],
    ["secrets that are no list", { secrets: {} }],
    ["a secret that is no list", { secrets: [1] }],
    ["a rule twice", { rules: [rule, rule] }],
    ["a rule for nobody", { rules: [{ ...rule, uids: undefined }] }],
    ["a rule for an empty list", { rules: [{ ...rule, uids: [] }] }],
    ["a rule that permits nothing", { rules: [{ ...rule, may: [] }] }],
    ["a rule with an unknown condition", { rules: [{ ...rule, moon: "full" }] }],
    ["a rule with a field of requests", { rules: [{ ...rule, v: 1 }] }],
    ["a rule that was used at no time", { rules: [{ ...rule, once: true, used: -1 }] }],
    ["a rule with a bad selector", { rules: [{ ...rule, selector: "*" }] }],
    ["a rule with a bad id", { rules: [{ ...rule, id: "A" }] }],
    ["a rule without a time", { rules: [{ ...rule, created: undefined }] }],
    ["no public keys", { slots: [] }],
    ["an unknown slot's public key", { slots: [{ id: Buffer.alloc(16), key: Buffer.alloc(32) }] }],
  ])("B96: refuses %s", async (_, edit) => {
    expect((await forged(packed({ ...payload(), ...edit }))).result).toBe("vault-damaged schema");
  });

  it("B96: refuses public keys of more slots than the header has", async () => {
    const slots = payload()["slots"] as unknown[];
    expect((await forged(packed({ ...payload(), slots: [...slots, slots[0]] }))).result).toBe(
      "vault-damaged schema",
    );
  });

  it("B96: refuses what is no msgpack map, nested too deep, or goes on after its end", async () => {
    const deep = Buffer.concat([Buffer.alloc(1000, 0x91), Buffer.from([0xc0])]);
    const all = packed(payload());
    for (const document of [Buffer.alloc(0), pack([1]), deep, Buffer.concat([all, Buffer.from([0xc0])])])
      expect((await forged(document)).result).toBe("vault-damaged schema");
    const nested = Buffer.concat([pack({ secrets: 0 }).subarray(0, -1), deep]);
    expect((await forged(nested)).result).toBe("vault-damaged schema");
  });

  it("refuses padding that is not zero, too long, or a length beyond the end", async () => {
    const plain = pad(packed(payload()));
    const cases = [
      (copy: Buffer) => copy.writeUInt8(1, copy.length - 1),
      (copy: Buffer) => copy.writeUInt32LE(copy.length, 0),
      (copy: Buffer) => copy.writeUInt32LE(0xffff_ffff, 0),
    ];
    for (const edit of cases) {
      const copy = Buffer.from(plain);
      edit(copy);
      expect((await unlocking(forge(file, fileKey, { plain: copy }))).result).toBe("vault-damaged payload");
    }
    const longer = Buffer.concat([plain, Buffer.alloc(4096)]);
    expect((await unlocking(forge(file, fileKey, { plain: longer }))).result).toBe("vault-damaged payload");
  });
});
