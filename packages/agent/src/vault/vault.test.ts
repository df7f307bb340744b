import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import {
  depsOf,
  fixture,
  getValue,
  memory,
  MemoryStore,
  openVault,
  PASSPHRASE,
  refusal,
  setting,
  setValue,
} from "./kit.test.helper.ts";
import { CHUNK_BYTES } from "./limits.ts";
import { payloadOf } from "./reference.test.helper.ts";
import { Vault } from "./vault.ts";

const OTHER = Buffer.from("another passphrase");
const newId = (): Buffer => randomBytes(16);

let file: Buffer;
let recoveryCode: Buffer;
beforeAll(async () => {
  ({ file, recoveryCode } = await fixture());
});

async function opened(
  bytes = file,
): Promise<{ vault: Vault; store: MemoryStore; deps: ReturnType<typeof depsOf> }> {
  const store = new MemoryStore(bytes);
  const deps = depsOf(store);
  return { vault: (await openVault(deps)).vault, store, deps };
}

describe("values", () => {
  it("come back bit for bit, whatever their length and bytes", async () => {
    const { vault, store } = await opened();
    const sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 1024 * 1024];
    const values = [...sizes.map((size) => randomBytes(size)), Buffer.from("a\0b\xff\xfe\n", "latin1")];
    for (const [i, value] of values.entries()) await setValue(vault, `size/${i}`, value);
    const again = await opened(store.file);
    for (const [i, value] of values.entries()) {
      expect(getValue(vault, `size/${i}`).equals(value)).toBe(true);
      expect(getValue(again.vault, `size/${i}`).equals(value)).toBe(true);
    }
    vault.destroy();
    again.vault.destroy();
  });

  it("may arrive in parts of any length", async () => {
    const { vault } = await opened();
    const value = randomBytes(3 * CHUNK_BYTES + 77);
    for (const size of [1, 13, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, value.length]) {
      const writer = vault.startValue();
      for (let at = 0; at < value.length; at += size) writer.write(value.subarray(at, at + size));
      const pending = writer.finish();
      expect(pending.size).toBe(value.length);
      await vault.update((now) => {
        const id = newId();
        const versions = [vault.adopt(pending, id, 1, 1)];
        return { ...now, secrets: new Map([["x", { id, name: "x", attributes: {}, versions }]]) };
      });
      expect(getValue(vault, "x").equals(value)).toBe(true);
    }
    vault.destroy();
  });

  it("are refused above 1 MiB, and after their end", async () => {
    const { vault } = await opened();
    const writer = vault.startValue();
    writer.write(Buffer.alloc(1024 * 1024));
    expect(() => writer.write(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: "too-large" }));
    writer.abort();
    expect(() => writer.write(Buffer.alloc(1))).toThrow("after its end");
    vault.destroy();
  });

  it("are sealed to their secret and version: one moved elsewhere does not open", async () => {
    const { vault } = await opened();
    await setValue(vault, "a", "first");
    await setValue(vault, "b", "other");
    const [a, b] = ["a", "b"].map((name) => vault.contents.secrets.get(name));
    if (a?.versions[0] === undefined || b?.versions[0] === undefined) throw new Error("missing");
    const target = Buffer.alloc(CHUNK_BYTES);
    const moved = { ...a.versions[0], sealed: b.versions[0].sealed };
    const damage = expect.objectContaining({ code: "vault-damaged", details: { reason: "payload" } });
    expect(() => vault.readValue(a, moved).read(target)).toThrow(damage);
    expect(() => vault.readValue(a, { ...a.versions[0], number: 2 } as typeof moved).read(target)).toThrow(
      damage,
    );
    vault.destroy();
  });

  it("cannot be cut short or put in another order", async () => {
    const { vault } = await opened();
    await setValue(vault, "a", randomBytes(3 * CHUNK_BYTES));
    const secret = vault.contents.secrets.get("a");
    const [version] = secret?.versions ?? [];
    if (!secret || !version) throw new Error("missing");
    const chunk = CHUNK_BYTES + 40;
    const parts = [0, 1, 2].map((i) => version.sealed.subarray(i * chunk, (i + 1) * chunk));
    const drain = (sealed: Buffer, size: number): void => {
      const reader = vault.readValue(secret, { ...version, size, sealed });
      while (reader.read(Buffer.alloc(CHUNK_BYTES)) > 0);
    };
    drain(version.sealed, version.size);
    expect(() => drain(Buffer.concat(parts.slice(0, 2)), 2 * CHUNK_BYTES)).toThrow(AgentError);
    expect(() =>
      drain(Buffer.concat([1, 0, 2].map((i) => parts[i] ?? Buffer.alloc(0))), version.size),
    ).toThrow(AgentError);
    vault.destroy();
  });

  it("can be made the newest again", async () => {
    const { vault } = await opened();
    await setValue(vault, "a", "one");
    await setValue(vault, "a", "two");
    await vault.update((now) => {
      const secret = now.secrets.get("a");
      const [version] = secret?.versions ?? [];
      if (!secret || !version) throw new Error("missing");
      const versions = [...secret.versions, vault.reseal(secret, version, 3, 7)];
      return { ...now, secrets: new Map(now.secrets).set("a", { ...secret, versions }) };
    });
    expect([1, 2, 3].map((number) => getValue(vault, "a", number).toString())).toEqual(["one", "two", "one"]);
    vault.destroy();
  });
});

describe("a change", () => {
  it("is saved whole, one after the other, each on the newest contents", async () => {
    const { vault, store } = await opened();
    const before = vault.generation;
    await Promise.all(Array.from({ length: 20 }, (_, i) => setValue(vault, `n/${i}`, `${i}`)));
    expect(vault.generation).toBe(before + 20);
    const again = await opened(store.file);
    expect(again.vault.contents.secrets.size).toBe(22);
    expect(again.vault.generation).toBe(before + 20);
    vault.destroy();
    again.vault.destroy();
  });

  it("B33: of 50 that expect version 1, one wins", async () => {
    const { vault } = await opened();
    await setValue(vault, "a", "one");
    const attempts = Array.from({ length: 50 }, () => {
      const change = setting(vault, "a", Buffer.from("two"));
      return refusal(
        vault.update((now) => {
          if (now.secrets.get("a")?.versions.length !== 1) throw new AgentError("conflict");
          return change(now);
        }),
      );
    });
    const results = await Promise.all(attempts);
    expect(results.filter((result) => result === "accepted")).toHaveLength(1);
    expect(results.filter((result) => result === "conflict")).toHaveLength(49);
    vault.destroy();
  });

  it("that throws, or that a reader would refuse, leaves disk and memory as they were", async () => {
    const { vault, store } = await opened();
    const { contents, generation } = vault;
    const bad = { id: Buffer.alloc(3), name: "a", attributes: {}, versions: [] };
    const changes: [string, Parameters<Vault["update"]>[0]][] = [
      [
        "not-found",
        () => {
          throw new AgentError("not-found");
        },
      ],
      ["internal", (now) => ({ ...now, secrets: new Map([["a", bad]]) })],
      [
        "internal",
        (now) => ({ ...now, secrets: new Map([["elsewhere", now.secrets.get("db/main") ?? bad]]) }),
      ],
      ["internal", (now) => ({ ...now, rules: [{ id: "aa", created: 1, selector: "a", may: ["get"] }] })],
    ];
    for (const [code, change] of changes) expect(await refusal(vault.update(change))).toBe(code);
    expect(vault.contents).toBe(contents);
    expect(vault.generation).toBe(generation);
    expect(store.saved).toHaveLength(0);
    await setValue(vault, "a", "next works");
    vault.destroy();
  });

  it("keeps rules", async () => {
    const { vault, store } = await opened();
    const rule = {
      id: "0a",
      created: 5,
      selector: "db/**",
      may: ["get", "set"] as const,
      uids: [0, 4_294_967_294],
      users: [{ name: "backup", id: 34 }],
      gids: [2 ** 31],
      groups: [{ name: "ops", id: 5 }],
    };
    await vault.update((now) => ({ ...now, rules: [rule] }));
    const again = await opened(store.file);
    expect(again.vault.contents.rules).toEqual([rule]);
    vault.destroy();
    again.vault.destroy();
  });

  it("B93: 200 saves use 200 nonces and differ everywhere, also when they save the same", async () => {
    const { vault, store } = await opened();
    for (let i = 0; i < 200; i++) await vault.update((now) => now);
    const nonces = store.saved.map((saved) => saved.toString("hex", 66, 90));
    expect(new Set(nonces).size).toBe(200);
    const blocks = store.saved.map((saved) => payloadOf(saved).toString("hex", 0, 64));
    expect(new Set(blocks).size).toBe(200);
    const [one, two] = store.saved.slice(-2).map(payloadOf);
    const same = one?.filter((byte, i) => byte === two?.[i]).length ?? 0;
    expect(same).toBeLessThan((one?.length ?? 0) / 64); // 1 byte in 256 is alike by chance
    vault.destroy();
  });
});

describe("destroy", () => {
  it("makes everything throw locked, synchronously", async () => {
    const { vault } = await opened();
    const secret = vault.contents.secrets.get("db/main");
    const version = secret?.versions[0];
    if (!secret || !version) throw new Error("missing");
    const reader = vault.readValue(secret, version);
    const writer = vault.startValue();
    writer.write(Buffer.from("x"));
    const pending = writer.finish();
    vault.destroy();
    const calls: (() => unknown)[] = [
      () => reader.read(Buffer.alloc(CHUNK_BYTES)),
      () => vault.startValue(),
      () => vault.readValue(secret, version),
      () => vault.adopt(pending, secret.id, 2, 1),
      () => vault.reseal(secret, version, 2, 1),
      () => vault.contents,
      () => vault.slots,
      () => vault.generation,
    ];
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: "locked" }));
    const promises = [
      vault.update((now) => now),
      vault.verify({ kind: "passphrase", bytes: PASSPHRASE }),
      vault.addSlot("recovery", ""),
      vault.removeSlot("x"),
      vault.changePassphrase("x", OTHER),
    ];
    expect(await Promise.all(promises.map(refusal))).toEqual(promises.map(() => "locked"));
    vault.destroy();
  });

  it("stops a save before it takes effect", async () => {
    const { vault, store } = await opened();
    const saving = refusal(setValue(vault, "a", "never"));
    await Promise.resolve(); // its turn has come, its image is being written
    vault.destroy();
    expect(await saving).toBe("locked");
    expect(store.saved).toHaveLength(0);
  });

  it("stops an unlock that it overtook, and a removal of a slot", async () => {
    let asked = 0;
    const cancelled = (): boolean => ++asked > 1;
    expect(await refusal(openVault(depsOf(new MemoryStore(file)), { cancelled }))).toBe("locked");
    const { vault } = await opened();
    const removing = refusal(vault.removeSlot(vault.slots[1]?.id ?? ""));
    await new Promise(setImmediate);
    vault.destroy();
    expect(["locked", "accepted"]).toContain(await removing);
  });

  it("gives its pages back, also after failures: a thousand unlocks use no more of them", async () => {
    for (let i = 0; i < 1000; i++) {
      if (i % 2 === 0) (await opened()).vault.destroy();
      else await refusal(openVault(depsOf(new MemoryStore(file)), { acceptRollback: false, bytes: OTHER }));
    }
    expect(memory.tryAllocate(4096)).toBeDefined();
  });
});

describe("slots", () => {
  it("open by the recovery code, however it is typed", async () => {
    const typed = recoveryCode.toString();
    const forms = [
      typed,
      typed.toLowerCase(),
      typed.replaceAll("-", ""),
      ` ${typed.replaceAll("-", "  ")} `,
      typed.replaceAll("0", "o").replaceAll("1", "l"),
    ];
    for (const form of forms) {
      const { vault } = await openVault(depsOf(new MemoryStore(file)), {
        kind: "recovery",
        bytes: Buffer.from(form),
      });
      vault.destroy();
    }
    const asPassphrase = openVault(depsOf(new MemoryStore(file)), { bytes: recoveryCode });
    expect(await refusal(asPassphrase)).toBe("wrong-passphrase");
  });

  it("are verified without touching the keys", async () => {
    const { vault } = await opened();
    const [first, second] = vault.slots;
    expect(await vault.verify({ kind: "passphrase", bytes: PASSPHRASE })).toBe(first?.id);
    expect(await vault.verify({ kind: "recovery", bytes: recoveryCode })).toBe(second?.id);
    expect(await refusal(vault.verify({ kind: "passphrase", bytes: OTHER }))).toBe("wrong-passphrase");
    expect(await refusal(vault.verify({ kind: "passphrase", bytes: Buffer.alloc(1025) }))).toBe("too-large");
    expect(getValue(vault, "db/main").toString()).toBe("s3cret");
    vault.destroy();
  });

  it("can be added and open the vault; the fifth of a kind is refused", async () => {
    const { vault, store } = await opened();
    const added = await vault.addSlot("passphrase", "the other one", OTHER);
    expect(vault.slots.at(-1)).toMatchObject({ id: added.slot, label: "the other one", kdfPasses: 3 });
    const { vault: again } = await openVault(depsOf(store), { bytes: OTHER });
    expect(getValue(again, "db/main").toString()).toBe("s3cret");
    const recovery = await vault.addSlot("recovery", "");
    expect(recovery.recoveryCode?.bytes.toString()).toMatch(
      /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/,
    );
    recovery.recoveryCode?.destroy();
    for (let i = 0; i < 2; i++) await vault.addSlot("passphrase", "", randomBytes(9));
    expect(await refusal(vault.addSlot("passphrase", "", randomBytes(9)))).toBe("conflict");
    expect(await refusal(vault.addSlot("passphrase", ""))).toBe("conflict");
    vault.destroy();
    again.destroy();
  });

  it("can be removed, but the last: the rest opens under a new file key", async () => {
    const { vault, store } = await opened();
    const sealed = vault.contents.secrets.get("db/main")?.versions[0]?.sealed;
    const [first, second] = vault.slots;
    expect(await refusal(vault.removeSlot("00"))).toBe("not-found");
    await vault.removeSlot(first?.id ?? "");
    expect(vault.slots).toEqual([second]);
    expect(vault.contents.secrets.get("db/main")?.versions[0]?.sealed.equals(sealed ?? Buffer.alloc(0))).toBe(
      false,
    );
    expect(getValue(vault, "db/main").toString()).toBe("s3cret");
    expect(await refusal(vault.removeSlot(second?.id ?? ""))).toBe("conflict");
    vault.destroy();
    expect(await refusal(openVault(depsOf(store)))).toBe("wrong-passphrase");
    const { vault: again } = await openVault(depsOf(store), { kind: "recovery", bytes: recoveryCode });
    expect(getValue(again, "db/main").toString()).toBe("s3cret");
    again.destroy();
  });

  it("removed: its old copy of the vault does not lead into the new one", async () => {
    const { kekOf, openPlain, slotAt, unwrap } = await import("./reference.test.helper.ts");
    const oldKey = unwrap(file, 0, kekOf(slotAt(file, 0), PASSPHRASE));
    expect(openPlain(file, oldKey).length).toBeGreaterThan(0);
    const { vault, store } = await opened();
    await vault.removeSlot(vault.slots[0]?.id ?? "");
    vault.destroy();
    expect(() => openPlain(store.file ?? Buffer.alloc(0), oldKey)).toThrow("mac");
  });

  it("removed while a value is read or arrives: both go on", async () => {
    const { vault } = await opened();
    const value = randomBytes(3 * CHUNK_BYTES);
    await setValue(vault, "a", value);
    const secret = vault.contents.secrets.get("a");
    const version = secret?.versions[0];
    if (!secret || !version) throw new Error("missing");
    const reader = vault.readValue(secret, version);
    const writer = vault.startValue();
    const target = Buffer.alloc(CHUNK_BYTES);
    reader.read(target);
    writer.write(value.subarray(0, 100));
    await vault.addSlot("passphrase", "", OTHER);
    for (const { id } of vault.slots.slice(1)) await vault.removeSlot(id);
    reader.read(target);
    expect(target.equals(value.subarray(CHUNK_BYTES, 2 * CHUNK_BYTES))).toBe(true);
    writer.write(value.subarray(100));
    const pending = writer.finish();
    await vault.update((now) => {
      const versions = [vault.reseal(secret, version, 1, 1), vault.adopt(pending, secret.id, 2, 1)];
      return { ...now, secrets: new Map(now.secrets).set("a", { ...secret, versions }) };
    });
    expect(getValue(vault, "a", 1).equals(value)).toBe(true);
    expect(getValue(vault, "a", 2).equals(value)).toBe(true);
    vault.destroy();
  });

  it("keep everything as it was when their removal cannot be saved", async () => {
    const { vault, store } = await opened();
    const { contents } = vault;
    store.save = () => Promise.reject(new AgentError("save-failed"));
    expect(await refusal(vault.removeSlot(vault.slots[1]?.id ?? ""))).toBe("save-failed");
    expect(vault.contents).toBe(contents);
    expect(vault.slots).toHaveLength(2);
    expect(getValue(vault, "db/main").toString()).toBe("s3cret");
    vault.destroy();
  });

  it("take another passphrase, under a new file key", async () => {
    const { vault, store } = await opened();
    const [first, second] = vault.slots;
    await vault.changePassphrase(first?.id ?? "", OTHER);
    expect(vault.slots.map(({ id }) => id)).toEqual([first?.id, second?.id]);
    expect(await refusal(vault.verify({ kind: "passphrase", bytes: PASSPHRASE }))).toBe("wrong-passphrase");
    expect(await vault.verify({ kind: "passphrase", bytes: OTHER })).toBe(first?.id);
    expect(await refusal(vault.changePassphrase(second?.id ?? "", OTHER))).toBe("bad-request");
    expect(await refusal(vault.changePassphrase("00", OTHER))).toBe("not-found");
    expect(await refusal(vault.changePassphrase(first?.id ?? "", Buffer.alloc(0)))).toBe("bad-request");
    vault.destroy();
    expect(await refusal(openVault(depsOf(store)))).toBe("wrong-passphrase");
    const again = await openVault(depsOf(store), { bytes: OTHER });
    expect(getValue(again.vault, "db/main").toString()).toBe("s3cret");
    again.vault.destroy();
  });
});

describe("create", () => {
  it("refuses where there is a vault, and an empty passphrase", async () => {
    const deps = depsOf(new MemoryStore(file));
    expect(await refusal(Vault.create(deps, PASSPHRASE, { recovery: false }))).toBe("conflict");
    const empty = depsOf(new MemoryStore());
    expect(await refusal(Vault.create(empty, Buffer.alloc(0), { recovery: false }))).toBe("bad-request");
  });

  it("makes no recovery code unless asked", async () => {
    const deps = depsOf(new MemoryStore());
    const made = await Vault.create(deps, PASSPHRASE, { recovery: false });
    expect(made).not.toHaveProperty("recoveryCode");
    expect(made.vault.slots).toHaveLength(1);
    expect(made.vault.generation).toBe(1);
    expect(made.vault.id).toMatch(/^[0-9a-f]{32}$/);
    made.vault.destroy();
  });
});

describe("B92: an older vault", () => {
  async function older(): Promise<MemoryStore> {
    const { vault, store } = await opened();
    await setValue(vault, "a", "new");
    vault.destroy();
    store.file = Buffer.from(file);
    return store;
  }

  it("is refused, and only to who knows the passphrase", async () => {
    expect(await refusal(openVault(depsOf(await older())))).toBe("rollback");
    expect(await refusal(openVault(depsOf(await older()), { bytes: OTHER }))).toBe("wrong-passphrase");
  });

  it("is opened on request, which is told, and from then on is the one last seen", async () => {
    const store = await older();
    const { vault, warnings } = await openVault(depsOf(store), { acceptRollback: true });
    expect(warnings).toEqual(["rollback-accepted"]);
    vault.destroy();
    const again = await openVault(depsOf(store));
    expect(again.warnings).toEqual([]);
    again.vault.destroy();
  });

  it("of another id is refused as well", async () => {
    const store = await older();
    store.seen = { vaultId: Buffer.alloc(16), generation: 1 };
    expect(await refusal(openVault(depsOf(store)))).toBe("rollback");
  });

  it("opens with a warning when nothing is known of the one last seen", async () => {
    const store = await older();
    store.seen = undefined;
    const { vault, warnings } = await openVault(depsOf(store));
    expect(warnings).toEqual(["last-seen-missing"]);
    expect(store.seen).toMatchObject({ generation: vault.generation });
    vault.destroy();
  });
});
