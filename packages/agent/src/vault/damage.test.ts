import { pack, unpack } from "@sotto/client/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { depsOf, fixture, MemoryStore, openVault, PASSPHRASE, refusal, setValue } from "./kit.test.helper.ts";
import type { Credential } from "./deps.ts";
import type { UnlockOptions } from "./unlock.ts";
import {
  commitOf,
  documentOf,
  forge,
  headerLengthOf,
  kekOf,
  openPlain,
  pad,
  payloadOf,
  publicKeyOf,
  rewrap,
  slotAt,
  unwrap,
  withChecksum,
} from "./reference.test.helper.ts";
import { Vault } from "./vault.ts";

let file: Buffer;
let recoveryCode: Buffer;
let fileKey: Buffer;
let kek: Buffer;

beforeAll(async () => {
  ({ file, recoveryCode } = await fixture());
  kek = kekOf(slotAt(file, 0), PASSPHRASE);
  fileKey = unwrap(file, 0, kek);
});

/** How an unlock with this file ends, and how many key derivations it took. */
async function unlocking(
  bytes: Buffer,
  options: Partial<UnlockOptions & Credential> = {},
): Promise<{ result: string; runs: number }> {
  const deps = depsOf(new MemoryStore(bytes));
  const opening = openVault(deps, options).then(({ vault }) => vault.destroy());
  return { result: await refusal(opening), runs: deps.kdf.runs };
}

const copyWith = (edit: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(file);
  edit(copy);
  return copy;
};

/** Numbers that look random and are the same in every run. */
function* sampled(count: number, below: number): Generator<number> {
  let state = 20_250_101;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield Math.floor((state / 2 ** 32) * below);
  }
}

describe("damage", () => {
  it("opens when there is none", async () => {
    expect(await unlocking(file)).toEqual({ result: "accepted", runs: 1 });
    expect(await unlocking(file, { bytes: Buffer.from("wrong") })).toEqual({
      result: "wrong-passphrase",
      runs: 1,
    });
  });

  it("B85: refuses every one of 200 flipped bits as damage, those of the header before a key derivation", async () => {
    const header = headerLengthOf(file);
    for (const bit of [...sampled(100, header * 8), ...sampled(100, file.length * 8)]) {
      const flipped = copyWith((copy) => (copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))));
      const { result, runs } = await unlocking(flipped);
      expect(result, `bit ${bit}`).toMatch(/^vault-damaged /);
      expect(runs, `bit ${bit}`).toBe(bit >> 3 < header - 32 ? 0 : 1); // the MAC needs the key
    }
  });

  it("B85: refuses every single bit of the header that is flipped", async () => {
    for (let bit = 0; bit < headerLengthOf(file) * 8; bit++) {
      const flipped = copyWith((copy) => (copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))));
      expect((await unlocking(flipped)).result, `bit ${bit}`).toMatch(/^vault-damaged /);
    }
  });

  it("B86: refuses 200 truncations before a key derivation", async () => {
    for (const length of [0, 1, 7, 8, 89, 90, file.length - 1, ...sampled(200, file.length)])
      expect(await unlocking(file.subarray(0, length)), `${length} bytes`).toEqual({
        result: "vault-damaged length",
        runs: 0,
      });
  });

  it("B86: refuses what is appended", async () => {
    for (const tail of [Buffer.alloc(1), Buffer.alloc(1024), Buffer.alloc(4096), file])
      expect(await unlocking(Buffer.concat([file, tail]))).toEqual({
        result: "vault-damaged length",
        runs: 0,
      });
  });
});

describe("the header", () => {
  const at = (edit: (copy: Buffer) => void): Promise<{ result: string; runs: number }> =>
    unlocking(withChecksum(file, edit));
  const slot = (copy: Buffer): Buffer => slotAt(copy, 0);

  it.each<[string, (copy: Buffer) => void]>([
    ["magic", (copy) => copy.writeUInt8(0x73, 0)],
    ["flags", (copy) => copy.writeUInt16LE(1, 10)],
    ["flags", (copy) => copy.writeUInt16LE(0x8000, 10)],
    ["flags", (copy) => copy.writeUInt8(2, 64)],
    ["length", (copy) => copy.writeUInt32LE(90, 12)],
    ["length", (copy) => copy.writeUInt32LE(0xffff_ffff, 12)],
    ["length", (copy) => copy.writeUInt32LE(headerLengthOf(copy) - 1, 12)],
    ["length", (copy) => copy.writeBigUInt64LE(BigInt(copy.length) + 1n, 16)],
    ["length", (copy) => copy.writeUInt8(1, 65)],
    ["slots", (copy) => copy.writeUInt8(0, 65)],
    ["slots", (copy) => copy.writeUInt8(17, 65)],
    ["slots", (copy) => slot(copy).writeUInt8(0, 0)],
    ["slots", (copy) => slot(copy).writeUInt8(3, 0)],
    ["slots", (copy) => slot(copy).writeUInt8(65, 17)],
    ["slots", (copy) => slot(copy).writeUInt8(1, 60)],
    ["slots", (copy) => void slot(copy).write("\x01\xff", 17, "latin1")],
    ["slots", (copy) => void slot(copy).write("\x01\n", 17, "latin1")],
    ["schema", (copy) => copy.writeBigUInt64LE(0n, 40)],
    ["schema", (copy) => copy.writeBigUInt64LE(2n ** 53n, 40)],
    ["schema", (copy) => copy.writeBigUInt64LE(2n ** 63n, 48)],
  ])("refuses with the reason %s before a key derivation (case %#)", async (reason, edit) => {
    expect(await at(edit)).toEqual({ result: `vault-damaged ${reason}`, runs: 0 });
  });

  it("B87: refuses parameters of the key derivation before one runs", async () => {
    const cases: [number, number][] = [
      [0, 3],
      [1, 3],
      [7, 3],
      [1024 * 1024 + 1, 3],
      [0xffff_ffff, 3],
      [64 * 1024, 0],
      [64 * 1024, 11],
      [64 * 1024, 0xffff_ffff],
    ];
    for (const upgradeKdf of [false, true]) {
      for (const [memory, passes] of cases) {
        const forged = withChecksum(file, (copy) => {
          slot(copy).writeUInt32LE(passes, 83);
          slot(copy).writeUInt32LE(memory, 87);
        });
        const seen = await unlocking(forged, { upgradeKdf });
        expect(seen, `${memory} KiB, ${passes} passes`).toEqual({ result: "vault-damaged kdf", runs: 0 });
      }
    }
  });

  it("B87: refuses another algorithm, also in a slot that would not be tried", async () => {
    for (const index of [0, 1]) {
      const forged = withChecksum(file, (copy) => slotAt(copy, index).writeUInt8(2, 82));
      expect(await unlocking(forged)).toEqual({ result: "vault-damaged kdf", runs: 0 });
    }
  });

  it("B87: refuses a run that needs more than half of the memory left", async () => {
    const store = new MemoryStore(file);
    const poor = { availableMemory: () => 127 * 1024 * 1024 };
    const kdf = new RememberingKdf(memory, poor);
    expect(await refusal(openVault({ ...depsOf(store), kdf }))).toBe("busy");
    expect(kdf.runs).toBe(0);
  });

  it("B91: names the version that a newer vault needs, whatever else it holds", async () => {
    const newer = copyWith((copy) => {
      copy.fill(0xaa, 10);
      copy.writeUInt16LE(7, 8);
    });
    await expect(openVault(depsOf(new MemoryStore(newer)))).rejects.toMatchObject({
      code: "vault-damaged",
      details: { reason: "version", needsVersion: 7 },
    });
  });
});

describe("slots", () => {
  /** A header with other slots; the rest of the file is right. */
  const withSlots = (slots: readonly Buffer[]): Buffer =>
    forge(file, fileKey, {
      header: (old) => {
        const fixed = Buffer.from(old.subarray(0, 90));
        fixed.writeUInt8(slots.length, 65);
        return Buffer.concat([fixed, ...slots, Buffer.alloc(64)]);
      },
      plain: pad(withSlotKeys(slots)),
    });

  const withSlotKeys = (slots: readonly Buffer[]): Buffer => {
    const payload = new Map(unpack(documentOf(openPlain(file, fileKey)), { binary: true, maxDepth: 5 }));
    const key = (payload.get("slots") as Map<string, Buffer>[])[0]?.get("key");
    return packed({
      ...Object.fromEntries(payload),
      slots: slots.map((slot) => ({ id: slot.subarray(1, 17), key })),
    });
  };

  const slotNamed = (id: number): Buffer => {
    const slot = Buffer.from(slotAt(file, 0));
    slot.fill(id, 1, 17);
    return slot;
  };

  it("B89: refuses no slot, 17 slots and two of the same id", async () => {
    for (const slots of [Array.from({ length: 17 }, (_, i) => slotNamed(i)), [slotNamed(1), slotNamed(1)]])
      expect(await unlocking(withSlots(slots))).toEqual({ result: "vault-damaged slots", runs: 0 });
    expect(await unlocking(withSlots([]))).toEqual({ result: "vault-damaged length", runs: 0 });
  });

  it("B89: tries four slots of 16 at most", async () => {
    const slots = Array.from({ length: 16 }, (_, i) => slotNamed(i));
    const tried = await unlocking(withSlots(slots), { bytes: Buffer.from("wrong") });
    expect(tried).toEqual({ result: "wrong-passphrase", runs: 4 });
  });

  it("B90: refuses a slot of another vault", async () => {
    const other = await fixture();
    const foreign = withChecksum(file, (copy) => void slotAt(other.file, 0).copy(slotAt(copy, 0)));
    expect((await unlocking(foreign)).result).toBe("vault-damaged slot-key");
    expect(
      (await unlocking(copyWith((copy) => void slotAt(other.file, 0).copy(slotAt(copy, 0))))).result,
    ).toBe("vault-damaged checksum");
    const added = withSlots([slotAt(file, 0), slotAt(other.file, 0)]);
    const spoiled = withChecksum(added, (copy) => copy.writeUInt8(9, 40));
    expect((await unlocking(spoiled)).result).toBe("vault-damaged mac");
  });

  it("B90: refuses a payload of another vault, and of another generation", async () => {
    const store = new MemoryStore(file);
    const { vault } = await openVault(depsOf(store));
    await setValue(vault, "mail/password", "hunter3");
    vault.destroy();
    const newer = store.saved.at(-1) ?? Buffer.alloc(0);
    const other = await fixture();
    for (const foreign of [newer, other.file]) {
      const mixed = Buffer.concat([file.subarray(0, headerLengthOf(file)), payloadOf(foreign)]);
      expect((await unlocking(mixed)).result).toBe("vault-damaged payload");
    }
  });

  it("refuses an edit of the header that has no key to it, whatever its checksum", async () => {
    const edits: ((copy: Buffer) => void)[] = [
      (copy) => copy.writeBigUInt64LE(9n, 40),
      (copy) => copy.writeBigUInt64LE(9n, 48),
      (copy) => copy.writeBigUInt64LE(9n, 56),
      (copy) => copy.fill(1, 66, 90),
      (copy) => void slotAt(copy, 1).write("\x01x", 17, "latin1"),
      (copy) => slotAt(copy, 1).writeUInt32LE(4, 83),
    ];
    for (const edit of edits)
      expect(await unlocking(withChecksum(file, edit))).toEqual({ result: "vault-damaged mac", runs: 1 });
  });

  it("B94: derives another key from the same passphrase in another vault", async () => {
    const other = await fixture();
    expect(kekOf(slotAt(other.file, 0), PASSPHRASE).equals(kek)).toBe(false);
  });

  it("B94: refuses a slot that another passphrase would open but whose commitment is not its own", async () => {
    const crafted = withChecksum(file, (copy) => {
      const second = kekOf(slotAt(copy, 0), Buffer.from("second"));
      rewrap(copy, 0, second, fileKey); // opens under "second"; the commitment is still that of the first
    });
    expect((await unlocking(crafted, { bytes: Buffer.from("second") })).result).toBe(
      "vault-damaged slot-key",
    );
    expect((await unlocking(crafted)).result).toBe("vault-damaged slot-key");
    const claimed = withChecksum(file, (copy) => {
      commitOf(kekOf(slotAt(copy, 0), Buffer.from("third"))).copy(slotAt(copy, 0), 211);
    });
    expect((await unlocking(claimed, { bytes: Buffer.from("third") })).result).toBe("vault-damaged slot-key");
  });

  it("refuses points of small order in place of an ephemeral key", async () => {
    const forged = withChecksum(file, (copy) => slotAt(copy, 0).fill(0, 107, 139));
    expect((await unlocking(forged)).result).toBe("vault-damaged slot-key");
  });
});

describe("a key derivation below the floor", () => {
  const weak = { memoryKib: 1024, passes: 1 };
  let weakFile: Buffer;

  beforeAll(() => {
    const keys: { id: Buffer; key: Buffer }[] = [];
    const header = (old: Buffer): undefined => {
      for (const index of [0, 1]) {
        const slot = slotAt(old, index);
        slot.writeUInt32LE(weak.passes, 83);
        slot.writeUInt32LE(weak.memoryKib, 87);
        const typed = index === 0 ? PASSPHRASE : Buffer.from(recoveryCode.toString().replaceAll("-", ""));
        const weakKek = kekOf(slot, typed);
        keys.push({ id: slot.subarray(1, 17), key: publicKeyOf(weakKek) });
        commitOf(weakKek).copy(slot, 211);
        rewrap(old, index, weakKek, fileKey);
      }
    };
    const payload = unpack(documentOf(openPlain(file, fileKey)), { binary: true, maxDepth: 5 });
    header(Buffer.from(file));
    const plain = pad(packed({ ...Object.fromEntries(payload), slots: keys }));
    weakFile = forge(file, fileKey, { header, plain });
  });

  it("B88: is refused before it runs", async () => {
    expect(await unlocking(weakFile)).toEqual({ result: "weak-kdf", runs: 0 });
  });

  it("B88: is made anew on request; slots that stay weak are refused again", async () => {
    const store = new MemoryStore(weakFile);
    const deps = depsOf(store);
    const { vault, warnings } = await openVault(deps, { upgradeKdf: true });
    expect(warnings).toEqual(["kdf-upgraded"]);
    expect(vault.slots.map(({ kdfMemoryKib }) => kdfMemoryKib)).toEqual([64 * 1024, weak.memoryKib]);
    expect(deps.notes.join()).toContain("slots below the floor remain");
    vault.destroy();
    expect(await refusal(openVault(depsOf(store)))).toBe("weak-kdf");

    const second = await openVault(depsOf(store), {
      kind: "recovery",
      bytes: recoveryCode,
      upgradeKdf: true,
    });
    second.vault.destroy();
    const last = await openVault(depsOf(store));
    expect(last.warnings).toEqual([]);
    last.vault.destroy();
    const again = await openVault(depsOf(store), { kind: "recovery", bytes: recoveryCode });
    again.vault.destroy();
  });

  it("B88: is never made", async () => {
    const deps = depsOf(new MemoryStore(), { kdfParameters: weak });
    expect(await refusal(Vault.create(deps, PASSPHRASE, { recovery: false }))).toBe("weak-kdf");
  });
});

/** The payload with other fields, as msgpack. */
function packed(fields: Record<string, unknown>): Buffer {
  const plain = (value: unknown): unknown => {
    if (value instanceof Map)
      return Object.fromEntries([...(value as Map<string, unknown>)].map(([key, one]) => [key, plain(one)]));
    return Array.isArray(value) ? value.map(plain) : value;
  };
  return pack(plain(new Map(Object.entries(fields))));
}

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
  const rule = { id: "aa", created: 1, selector: "db/**", may: ["get"], uids: [1000] };

  it("opens when nothing is edited", async () => {
    expect((await forged(packed(payload()))).result).toBe("accepted");
    expect((await withFirst(() => undefined)).result).toBe("accepted");
    expect((await forged(packed({ ...payload(), rules: [rule] }))).result).toBe("accepted");
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
    ["a size above 1 MiB", (one) => (one["versions"] = [{ number: 1, created: 1, size: 2 ** 40 }])],
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
    ["a token, which this version does not know", { tokens: [{}] }],
    ["a setting, which this version does not know", { settings: { x: 1 } }],
    ["secrets that are no list", { secrets: {} }],
    ["a secret that is no list", { secrets: [1] }],
    ["a rule twice", { rules: [rule, rule] }],
    ["a rule for nobody", { rules: [{ ...rule, uids: undefined }] }],
    ["a rule for an empty list", { rules: [{ ...rule, uids: [] }] }],
    ["a rule that permits nothing", { rules: [{ ...rule, may: [] }] }],
    ["a rule with an unknown condition", { rules: [{ ...rule, moon: "full" }] }],
    ["a rule with a bad selector", { rules: [{ ...rule, selector: "*" }] }],
    ["a rule with a bad id", { rules: [{ ...rule, id: "A" }] }],
    ["a rule without a time", { rules: [{ ...rule, created: undefined }] }],
    ["no public keys", { slots: [] }],
  ])("B96: refuses %s", async (_, edit) => {
    expect((await forged(packed({ ...payload(), ...edit }))).result).toBe("vault-damaged schema");
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
