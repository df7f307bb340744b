import { unpack } from "@sotto/client/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import {
  depsOf,
  fixture,
  MemoryStore,
  openVault,
  PASSPHRASE,
  refusal,
  setValue,
  unlocking,
} from "./kit.test.helper.ts";
import {
  commitOf,
  documentOf,
  forge,
  headerLengthOf,
  kekOf,
  openPlain,
  packed,
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

const copyWith = (edit: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(file);
  edit(copy);
  return copy;
};

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
