import sodium from "sodium-native";
import { describe, expect, it } from "vitest";
import { memory, platform, refusal } from "./kit.test.helper.ts";
import { isWeak, judgeLimits, Kdf } from "./kdf.ts";
import { KDF_CEILING, KDF_DEFAULT, KDF_FLOOR } from "./limits.ts";

const CHEAP = { memoryKib: 64, passes: 1 };
const salt = Buffer.alloc(16, 3);
const passphrase = (text = "x"): Buffer => Buffer.from(text);

function expected(text: string): Buffer {
  const key = Buffer.alloc(32);
  sodium.crypto_pwhash(key, passphrase(text), salt, 1, 64 * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13);
  return key;
}

describe("the key derivation", () => {
  it("is Argon2id, takes any bytes, and leaves its result nowhere", async () => {
    const kdf = new Kdf(memory, platform);
    for (const text of ["", "x", "\0", "é", "é", "y".repeat(1024)]) {
      let kept: Buffer = Buffer.alloc(0);
      const copy = await kdf.derive(passphrase(text), salt, CHEAP, (key) => {
        kept = key;
        return Buffer.from(key);
      });
      expect(copy.equals(expected(text))).toBe(true);
      expect(kept.equals(Buffer.alloc(32))).toBe(true);
    }
  });

  it("runs one at a time, in order, off the event loop, and goes on after a failure", async () => {
    const kdf = new Kdf(memory, platform);
    const order: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const runs = [1, 2, 3].map((i) =>
      kdf.derive(passphrase(), salt, KDF_FLOOR, () => {
        order.push(i);
        if (i === 2) throw new Error("mine");
      }),
    );
    const results = await Promise.allSettled(runs);
    clearInterval(timer);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(order).toEqual([1, 2, 3]);
    expect(turns).toBeGreaterThan(10);
  });

  it("keeps runs that were asked for at once apart", async () => {
    const kdf = new Kdf(memory, platform);
    const texts = ["a", "b", "c", "d"];
    const keys = await Promise.all(
      texts.map((text) => kdf.derive(passphrase(text), salt, CHEAP, (key) => key.toString("hex"))),
    );
    expect(keys).toEqual(texts.map((text) => expected(text).toString("hex")));
  });

  it("refuses, before it runs, what is out of bounds", async () => {
    const rich = new Kdf(memory, { availableMemory: () => 2 ** 40 });
    const never = (): never => {
      throw new Error("it ran");
    };
    const kdf = new Kdf(memory, { availableMemory: () => 127 * 1024 });
    expect(await refusal(kdf.derive(passphrase(), salt, CHEAP, never))).toBe("busy");
    expect(await refusal(rich.derive(Buffer.alloc(1025), salt, CHEAP, never))).toBe("too-large");
    for (const passes of [0, 11])
      expect(await refusal(rich.derive(passphrase(), salt, { ...CHEAP, passes }, never))).toBe(
        "vault-damaged kdf",
      );
  });

  it("knows floor and ceiling", () => {
    expect([KDF_FLOOR, KDF_DEFAULT, KDF_CEILING].some(isWeak)).toBe(false);
    expect(isWeak({ ...KDF_FLOOR, passes: 2 })).toBe(true);
    expect(isWeak({ ...KDF_FLOOR, memoryKib: KDF_FLOOR.memoryKib - 1 })).toBe(true);
    expect(() => judgeLimits(KDF_CEILING)).not.toThrow();
  });
});
