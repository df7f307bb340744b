import { beforeAll, describe, expect, it } from "vitest";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import { SecureMemory } from "../memory/secure-memory.ts";
import { damaged } from "./damage.ts";
import type { VaultDeps } from "./deps.ts";
import { FakeKeeper } from "./fake-keeper.test.helper.ts";
import {
  DEFAULTS,
  depsOf,
  fixture,
  getValue,
  MemoryStore,
  openVault,
  OTHER_PASSPHRASE,
  PASSPHRASE,
  platform,
  refusal,
  setValue,
} from "./kit.test.helper.ts";
import { commitOf, kekOf, slotAt, unwrap, withChecksum } from "./reference.test.helper.ts";
import { readSlot, SLOT_BYTES, slotLength, writeSlot } from "./slot.ts";
import { Vault } from "./vault.ts";

let file: Buffer;
beforeAll(async () => {
  ({ file } = await fixture());
});

const depsWith = (keeper: FakeKeeper, store: MemoryStore): ReturnType<typeof depsOf> =>
  depsOf(store, { platform: { ...platform, keeper } });

/** Remembers where keys lay. */
class WatchedMemory extends SecureMemory {
  readonly keys: Buffer[] = [];

  override tryAllocate(size: number): SecureBuffer | undefined {
    const buffer = super.tryAllocate(size);
    if (size === 32 && buffer !== undefined) this.keys.push(buffer.bytes);
    return buffer;
  }
}

const byKept = (deps: VaultDeps): ReturnType<typeof Vault.open> => Vault.open(deps, "kept", DEFAULTS);

/** A vault with a slot that `keeper` keeps, closed again. */
async function keptIn(
  keeper: FakeKeeper,
  kind: "dpapi-user" | "dpapi-machine" = "dpapi-user",
): Promise<{ store: MemoryStore; slot: string }> {
  const store = new MemoryStore(file);
  const deps = depsWith(keeper, store);
  const { vault } = await openVault(deps);
  const { slot } = await vault.addSlot(kind, "this machine");
  vault.destroy();
  return { store, slot };
}

describe("a slot whose key the system keeps", () => {
  it("opens the vault without anybody's passphrase, where the system gives the key back", async () => {
    const keeper = new FakeKeeper();
    const { store, slot } = await keptIn(keeper);
    const { vault, slot: by } = await byKept(depsWith(keeper, store));
    expect(by).toBe(slot);
    expect(getValue(vault, "db/main").toString()).toBe("s3cret");
    expect(await vault.verify("kept")).toBe(slot);
    expect(vault.slots.at(-1)).toMatchObject({ id: slot, kind: "dpapi-user", label: "this machine" });
    vault.destroy();
  });

  it("lies in the file without its key, which goes to the system with vault and slot", async () => {
    const keeper = new FakeKeeper();
    const { store, slot } = await keptIn(keeper);
    const [{ key, context, scope } = { key: PASSPHRASE, context: PASSPHRASE, scope: "" }] = keeper.keys;
    const saved = store.file ?? Buffer.alloc(0);
    expect([key.length, scope, saved.includes(key)]).toEqual([32, "user", false]);
    expect(
      context.subarray(16).equals(Buffer.concat([file.subarray(24, 40), Buffer.from(slot, "hex")])),
    ).toBe(true);
    expect(unwrap(saved, 2, kekOf(slotAt(saved, 2), key))).toHaveLength(32); // as VAULT.md has it
  });

  it("does not open for another account, nor on another machine; one of the machine's opens for all accounts", async () => {
    for (const kind of ["dpapi-user", "dpapi-machine"] as const) {
      const keeper = new FakeKeeper();
      const { store } = await keptIn(keeper, kind);
      expect(await refusal(byKept(depsWith(new FakeKeeper(), store)))).toBe("wrong-passphrase");
      keeper.account = "bob";
      const others = byKept(depsWith(keeper, store)).then(({ vault }) => vault.destroy());
      expect(await refusal(others)).toBe(kind === "dpapi-user" ? "wrong-passphrase" : "accepted");
    }
  });

  it("costs no key derivation where the system does not give the key back, and none is typed for it", async () => {
    const keeper = new FakeKeeper();
    const { store } = await keptIn(keeper);
    const deps = depsWith(new FakeKeeper(), store);
    expect(await refusal(byKept(deps))).toBe("wrong-passphrase");
    expect(deps.kdf.runs).toBe(0);
    expect(await refusal(openVault(deps, { bytes: keeper.keys[0]?.key ?? PASSPHRASE }))).toBe(
      "wrong-passphrase",
    );
  });

  it("is told apart, and left alone, where no system keeps keys", async () => {
    const { store, slot } = await keptIn(new FakeKeeper());
    const deps = depsOf(store);
    expect(await refusal(byKept(deps))).toBe("not-found");
    const { vault } = await openVault(deps);
    expect(vault.slots.at(-1)).toMatchObject({ id: slot, kind: "dpapi-user" });
    expect(await refusal(vault.verify("kept"))).toBe("not-found");
    expect(await refusal(vault.addSlot("dpapi-user", ""))).toBe("bad-request");
    vault.destroy();
  });

  it("is not there unless it was added", async () => {
    expect(await refusal(byKept(depsWith(new FakeKeeper(), new MemoryStore(file))))).toBe("not-found");
  });

  it("is never the only one: somebody has to be able to prove who administers", async () => {
    const keeper = new FakeKeeper();
    const { store } = await keptIn(keeper);
    const { vault } = await openVault(depsWith(keeper, store));
    const [first, second, kept] = vault.slots;
    await vault.removeSlot(first?.id ?? "");
    expect(await refusal(vault.removeSlot(second?.id ?? ""))).toBe("conflict");
    expect(await refusal(vault.changePassphrase(kept?.id ?? "", OTHER_PASSPHRASE))).toBe("bad-request");
    await vault.removeSlot(kept?.id ?? "");
    vault.destroy();
    expect(await refusal(byKept(depsWith(keeper, store)))).toBe("not-found");
  });

  it("stays when the file key changes, and other slots are added and removed around it", async () => {
    const keeper = new FakeKeeper();
    const { store } = await keptIn(keeper);
    const { vault } = await openVault(depsWith(keeper, store));
    await vault.addSlot("passphrase", "after it", OTHER_PASSPHRASE);
    await vault.addSlot("dpapi-machine", "");
    await vault.removeSlot(vault.slots[1]?.id ?? "");
    await setValue(vault, "a/b", "new");
    vault.destroy();
    const { vault: again } = await byKept(depsWith(keeper, store));
    expect(getValue(again, "a/b").toString()).toBe("new");
    again.destroy();
    const { vault: typed } = await openVault(depsWith(keeper, store), { bytes: OTHER_PASSPHRASE });
    expect(typed.slots.map(({ kind }) => kind)).toEqual([
      "passphrase",
      "dpapi-user",
      "passphrase",
      "dpapi-machine",
    ]);
    typed.destroy();
  });

  it("whose key opens nothing means damage, not that somebody typed wrongly", async () => {
    const keeper = new FakeKeeper();
    const { store } = await keptIn(keeper);
    const other = kekOf(slotAt(file, 0), OTHER_PASSPHRASE);
    const spoilt = withChecksum(store.file ?? file, (copy) => {
      commitOf(other).copy(slotAt(copy, 2), 211);
      slotAt(copy, 2).fill(7, 163, 211);
    });
    expect(await refusal(byKept(depsWith(keeper, new MemoryStore(spoilt))))).toBe("vault-damaged slot-key");
  });

  it("leaves no key behind in the memory that it took, whatever happens", async () => {
    const keeper = new FakeKeeper();
    const watched = new WatchedMemory(platform);
    const store = new MemoryStore(file);
    const deps = { ...depsWith(keeper, store), memory: watched };
    const { vault } = await openVault(deps);
    await vault.addSlot("dpapi-user", "");
    vault.destroy();
    (await byKept(deps)).vault.destroy();
    keeper.account = "bob";
    await refusal(byKept(deps));
    expect(watched.keys.length).toBeGreaterThanOrEqual(3);
    for (const bytes of watched.keys) expect(bytes.every((byte) => byte === 0)).toBe(true);
  });
});

describe("what a system made of a key", () => {
  const slot = {
    ...{ id: Buffer.alloc(16, 1), kind: "dpapi-machine" as const, label: "x", salt: Buffer.alloc(16, 2) },
    ...{ kdf: { memoryKib: 65_536, passes: 3 }, ephemeral: Buffer.alloc(32, 4), nonce: Buffer.alloc(24, 3) },
    ...{ wrapped: Buffer.alloc(48, 5), commit: Buffer.alloc(32, 6) },
  };
  const written = (kept: Buffer): Buffer => {
    const bytes = Buffer.alloc(slotLength({ kept }));
    writeSlot(bytes, { ...slot, kept });
    return bytes;
  };

  it("has 1 to 1022 bytes, and nothing stands after it", () => {
    for (const size of [1, 230, 1022])
      expect(readSlot(written(Buffer.alloc(size, 9)))).toEqual({ ...slot, kept: Buffer.alloc(size, 9) });
    const [empty, longer, shorter] = [9, 1022, 2].map((size) => written(Buffer.alloc(size, 9))) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    empty.fill(0, SLOT_BYTES);
    longer.writeUInt16LE(1023, SLOT_BYTES);
    shorter.writeUInt16LE(1, SLOT_BYTES);
    for (const bad of [empty, longer, shorter]) expect(() => readSlot(bad)).toThrow(damaged("slots"));
  });
});
