import { beforeAll, describe, expect, it } from "vitest";
import { depsOf, fixture, MemoryStore, openVault, refusal, setValue } from "./kit.test.helper.ts";
import type { SaveJudge } from "./store.ts";

let file: Buffer;
beforeAll(async () => {
  ({ file } = await fixture());
});

/** Does something to a new image before it is judged, and once it has been found good. */
class Meddling extends MemoryStore {
  meddle: ((image: Buffer) => void) | undefined;
  afterwards: (() => void) | undefined;

  override save(
    image: Buffer,
    stamp: Parameters<MemoryStore["save"]>[1],
    expected: Parameters<MemoryStore["save"]>[2],
    judge: SaveJudge,
  ): ReturnType<MemoryStore["save"]> {
    this.meddle?.(image);
    const verify = (): Promise<void> => judge.verify().then(() => this.afterwards?.());
    return super.save(image, stamp, expected, { ...judge, verify });
  }
}

describe("a save", () => {
  it("never takes the place of the vault where the new one does not open to what it was made of", async () => {
    const store = new Meddling(file);
    const { vault } = await openVault(depsOf(store));
    store.meddle = (image) => {
      const last = image.length - 1;
      image.writeUInt8(image.readUInt8(last) ^ 1, last);
    };
    expect(await refusal(setValue(vault, "a/b", "lost"))).not.toBe("accepted");
    expect(store.saved).toEqual([]);
    store.meddle = undefined;
    await setValue(vault, "a/b", "kept");
    expect(store.saved).toHaveLength(1);
    vault.destroy();
  });

  it("that a lock overtakes is given up", async () => {
    const store = new Meddling(file);
    const { vault } = await openVault(depsOf(store));
    store.afterwards = () => vault.destroy();
    expect(await refusal(setValue(vault, "a/b", "lost"))).toBe("locked");
    expect(store.saved).toEqual([]);
  });
});
