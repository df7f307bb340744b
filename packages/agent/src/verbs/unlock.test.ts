/** What an unlock proves of who asked for it. The rest is shown by whole agents: test/scenarios, test/security, test/wine. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../agent.ts";
import { FakeKeeper } from "../vault/fake-keeper.test.helper.ts";
import { depsOf, fixture, MemoryStore, openVault, PASSPHRASE, platform } from "../vault/kit.test.helper.ts";
import { slotTest } from "./auth.ts";
import type { Call } from "./handler.ts";
import { unlock } from "./unlock.ts";
import type { Vault } from "../vault/vault.ts";

const keeper = new FakeKeeper();
let file: Buffer;
let kept: string;
beforeAll(async () => {
  const store = new MemoryStore((await fixture()).file);
  const { vault } = await openVault(depsOf(store, { platform: { ...platform, keeper } }));
  ({ slot: kept } = await vault.addSlot("dpapi-user", ""));
  vault.destroy();
  file = await store.load();
});

/** An agent that is locked, and one connection of an administrator to it; what happened to them. */
function locked(): {
  agent: Agent;
  call: (fields: Call<"unlock">["fields"], payload?: Buffer) => Call<"unlock">;
  seen: { proved: string[]; attempts: number; ttlMs: number[]; vault: Vault | undefined };
} {
  const seen = {
    proved: [] as string[],
    attempts: 0,
    ttlMs: [] as number[],
    vault: undefined as Vault | undefined,
  };
  const state = {
    lockCount: 0,
    get unlocked() {
      return seen.vault !== undefined;
    },
    get vault() {
      return seen.vault;
    },
    open: (vault: Vault) => {
      seen.vault = vault;
    },
    extend: (ttlMs: number) => void seen.ttlMs.push(ttlMs),
  };
  const throttle = {
    admit: () => {
      seen.attempts++;
    },
    succeeded: () => undefined,
    failed: () => undefined,
  };
  const vaultDeps = depsOf(new MemoryStore(file), { platform: { ...platform, keeper } });
  const session = { peer: { uid: 1 }, prove: (slot: string) => void seen.proved.push(slot) };
  return {
    agent: { state, throttle, vaultDeps } as unknown as Agent,
    call: (fields, payload = Buffer.alloc(0)) =>
      ({ fields, payload, session, gone: () => false }) as unknown as Call<"unlock">,
    seen,
  };
}

describe("an unlock", () => {
  it("by a passphrase proves it, under the throttle", async () => {
    const { agent, call, seen } = locked();
    expect(await unlock(agent, call({}, PASSPHRASE))).toEqual({ fields: { warnings: [] } });
    expect([seen.proved.length, seen.attempts]).toEqual([1, 1]);
    seen.vault?.destroy();
  });

  it("by what the system keeps opens the vault, says so, and proves nothing", async () => {
    const { agent, call, seen } = locked();
    const answer = await unlock(agent, call({ kept: true }));
    expect(answer).toEqual({ fields: { warnings: [] }, note: `kept slot ${kept}` });
    expect([seen.vault?.id.length, seen.proved, seen.attempts]).toEqual([32, [], 0]);
    expect((await slotTest(agent, call({ kept: true }) as unknown as Call<"slot-test">)).fields).toEqual({
      slot: kept,
    });
    await unlock(agent, call({ kept: true, ttlMs: 5 })); // while it is open already
    expect([seen.proved, seen.ttlMs]).toEqual([[], [5]]);
    seen.vault?.destroy();
  });

  it("at the same time as one by a passphrase borrows nothing from it", async () => {
    const { agent, call, seen } = locked();
    await Promise.all([unlock(agent, call({}, PASSPHRASE)), unlock(agent, call({ kept: true }))]);
    expect(seen.proved).toHaveLength(1);
    seen.vault?.destroy();
  });

  it.each([{ acceptRollback: true }, { upgradeKdf: true }, { recovery: true }])(
    "by what the system keeps goes with nothing that a person has to answer for: %j",
    async (more) => {
      const { agent, call } = locked();
      await expect(unlock(agent, call({ kept: true, ...more }))).rejects.toMatchObject({
        code: "bad-request",
      });
    },
  );

  it("by what the system keeps takes no passphrase beside it", async () => {
    const { agent, call } = locked();
    await expect(unlock(agent, call({ kept: true }, PASSPHRASE))).rejects.toMatchObject({
      code: "bad-request",
    });
  });
});
