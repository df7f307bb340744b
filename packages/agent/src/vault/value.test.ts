import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import { opened, fixture, getValue, setValue } from "./kit.test.helper.ts";
import { CHUNK_BYTES } from "./limits.ts";

const newId = (): Buffer => randomBytes(16);

let file: Buffer;
beforeAll(async () => {
  ({ file } = await fixture());
});

describe("values", () => {
  it("come back bit for bit, whatever their length and bytes", async () => {
    const { vault, store } = await opened(file);
    const sizes = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 1024 * 1024];
    const values = [...sizes.map((size) => randomBytes(size)), Buffer.from("a\0b\xff\xfe\n", "latin1")];
    for (const [i, value] of values.entries()) await setValue(vault, `size/${i}`, value);
    const again = await opened(store.file ?? file);
    for (const [i, value] of values.entries()) {
      expect(getValue(vault, `size/${i}`).equals(value)).toBe(true);
      expect(getValue(again.vault, `size/${i}`).equals(value)).toBe(true);
    }
    vault.destroy();
    again.vault.destroy();
  });

  it("may arrive in parts of any length", async () => {
    const { vault } = await opened(file);
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
    const { vault } = await opened(file);
    const writer = vault.startValue();
    writer.write(Buffer.alloc(1024 * 1024));
    expect(() => writer.write(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: "too-large" }));
    writer.abort();
    expect(() => writer.write(Buffer.alloc(1))).toThrow("after its end");
    const whole = vault.startValue();
    whole.finish();
    expect(() => whole.write(Buffer.alloc(1))).toThrow("after its end");
    vault.destroy();
  });

  it("are sealed to their secret and version: one moved elsewhere does not open", async () => {
    const { vault } = await opened(file);
    await setValue(vault, "a", "first");
    await setValue(vault, "b", "other");
    const [a, b] = ["a", "b"].map((name) => vault.contents.secrets.get(name));
    if (a?.versions[0] === undefined || b?.versions[0] === undefined) throw new Error("missing");
    const target = Buffer.alloc(CHUNK_BYTES);
    const moved = { ...a.versions[0], sealed: b.versions[0].sealed };
    const damage = "the vault is damaged";
    expect(() => vault.readValue(a, moved).read(target)).toThrow(damage);
    expect(() => vault.readValue(a, { ...a.versions[0], number: 2 } as typeof moved).read(target)).toThrow(
      damage,
    );
    vault.destroy();
  });

  it("cannot be cut short or put in another order", async () => {
    const { vault } = await opened(file);
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
    const { vault } = await opened(file);
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
