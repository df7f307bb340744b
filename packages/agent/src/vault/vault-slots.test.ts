import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import {
  opened,
  OTHER_PASSPHRASE as OTHER,
  depsOf,
  fixture,
  getValue,
  MemoryStore,
  openVault,
  PASSPHRASE,
  refusal,
  setValue,
} from "./kit.test.helper.ts";
import { CHUNK_BYTES } from "./limits.ts";

let file: Buffer;
let recoveryCode: Buffer;
beforeAll(async () => {
  ({ file, recoveryCode } = await fixture());
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
    const { vault } = await opened(file);
    const [first, second] = vault.slots;
    expect(await vault.verify({ kind: "passphrase", bytes: PASSPHRASE })).toBe(first?.id);
    expect(await vault.verify({ kind: "recovery", bytes: recoveryCode })).toBe(second?.id);
    expect(await refusal(vault.verify({ kind: "passphrase", bytes: OTHER }))).toBe("wrong-passphrase");
    expect(await refusal(vault.verify({ kind: "passphrase", bytes: Buffer.alloc(1025) }))).toBe("too-large");
    expect(getValue(vault, "db/main").toString()).toBe("s3cret");
    vault.destroy();
  });

  it("can be added and open the vault; the fifth of a kind is refused", async () => {
    const { vault, store } = await opened(file);
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
    const { vault, store } = await opened(file);
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
    const { vault, store } = await opened(file);
    await vault.removeSlot(vault.slots[0]?.id ?? "");
    vault.destroy();
    expect(() => openPlain(store.file ?? Buffer.alloc(0), oldKey)).toThrow("mac");
  });

  it("removed while a value is read or arrives: both go on", async () => {
    const { vault } = await opened(file);
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

  it("removed while a value is read that is removed as well: the rest of it is refused", async () => {
    const { vault } = await opened(file);
    await setValue(vault, "a", randomBytes(2 * CHUNK_BYTES));
    const secret = vault.contents.secrets.get("a");
    const version = secret?.versions[0];
    if (!secret || !version) throw new Error("missing");
    const reader = vault.readValue(secret, version);
    const target = Buffer.alloc(CHUNK_BYTES);
    reader.read(target);
    await vault.update((now) => ({ ...now, secrets: new Map() }));
    expect(reader.read(target)).toBe(CHUNK_BYTES);
    const other = vault.readValue(secret, version);
    await vault.removeSlot(vault.slots[1]?.id ?? "");
    expect(() => other.read(target)).toThrow(expect.objectContaining({ code: "conflict" }));
    vault.destroy();
  });

  it("keep everything as it was when their removal cannot be saved", async () => {
    const { vault, store } = await opened(file);
    const { contents } = vault;
    store.save = () => Promise.reject(new AgentError("save-failed"));
    expect(await refusal(vault.removeSlot(vault.slots[1]?.id ?? ""))).toBe("save-failed");
    expect(vault.contents).toBe(contents);
    expect(vault.slots).toHaveLength(2);
    expect(getValue(vault, "db/main").toString()).toBe("s3cret");
    vault.destroy();
  });

  it("take another passphrase, under a new file key", async () => {
    const { vault, store } = await opened(file);
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
