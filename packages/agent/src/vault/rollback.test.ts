import { beforeAll, describe, expect, it } from "vitest";
import {
  opened,
  OTHER_PASSPHRASE as OTHER,
  depsOf,
  fixture,
  MemoryStore,
  openVault,
  refusal,
  setValue,
} from "./kit.test.helper.ts";

let file: Buffer;
beforeAll(async () => {
  ({ file } = await fixture());
});

describe("B92: an older vault", () => {
  async function older(): Promise<MemoryStore> {
    const { vault, store } = await opened(file);
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
