import { describe, expect, it } from "vitest";
import type { Rule } from "../access/rule.ts";
import type { Facts } from "../access/facts.ts";
import { UsageLog } from "../access/usage.ts";
import type { Agent } from "../agent.ts";
import type { Contents, Secret } from "../vault/contents.ts";
import { get } from "./get.ts";
import type { Call } from "./handler.ts";

const HASH = "0".repeat(64);
const RULE: Rule = { id: "r", selector: "a", may: ["get"], created: 0, uids: [1], sha256s: [HASH] };
const SECRET: Secret = {
  id: Buffer.alloc(16),
  name: "a",
  attributes: {},
  versions: [{ number: 1, created: 0, size: 0, sealed: Buffer.alloc(0) }],
};

/** An agent whose peers wait for one hash, until it is told; a fetch ends as `ok` or with a code. */
function waiting(...rules: Rule[]) {
  let tell = (): void => undefined;
  const hash = new Promise<string>((resolve) => {
    tell = () => resolve(HASH);
  });
  const vault = {
    contents: { secrets: new Map([["a", SECRET]]), rules, tokens: [] } as Contents,
    readValue: () => ({ length: 0, read: () => 0 }),
    update: async (change: (now: Contents) => Contents): Promise<{ durable: boolean }> => {
      await Promise.resolve();
      vault.contents = change(vault.contents);
      return { durable: false };
    },
  };
  const facts = { collect: async (_: unknown, known: Facts) => ({ ...known, sha256: await hash }) };
  const agent = { state: { vault, durable: true }, judges: { facts, usage: new UsageLog(() => 0) } };
  const call = {
    fields: { name: "a" },
    session: { peer: { uid: 1, gid: 1, groups: [] } },
    payload: Buffer.alloc(0),
  };
  const fetch = async (): Promise<unknown> => {
    try {
      await get(agent as unknown as Agent, call as unknown as Call<"get">);
      return "ok";
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };
  return { agent, fetch, tell };
}

async function outcomes(of: ReturnType<typeof waiting>, count: number): Promise<unknown[]> {
  const fetches = Array.from({ length: count }, () => of.fetch());
  of.tell();
  return (await Promise.all(fetches)).sort();
}

describe("a fetch that waits for the hash of a program", () => {
  it("B61: is counted with all others that waited for the same hash", async () => {
    const limited = waiting({ ...RULE, rate: { count: 2, perMs: 1000 } });
    expect(await outcomes(limited, 5)).toEqual(["ok", "ok", "rate-limited", "rate-limited", "rate-limited"]);
  });

  it("B61: takes another rule where the others have used one up", async () => {
    const rate = { count: 1, perMs: 1000 };
    const two = waiting({ ...RULE, rate }, { ...RULE, id: "s", rate });
    expect(await outcomes(two, 3)).toEqual(["ok", "ok", "rate-limited"]);
  });

  it("B62: is the only one that a rule for one fetch allows, and tells whether that is safe on the disk", async () => {
    const once = waiting({ ...RULE, once: true });
    expect(await outcomes(once, 4)).toEqual(["denied", "denied", "denied", "ok"]);
    expect(once.agent.state.vault.contents.rules[0]?.used).toBeTypeOf("number");
    expect(once.agent.state.durable).toBe(false);
  });

  it("is denied when its rule goes in the meantime, before the revocation is answered or after", async () => {
    const revoked = waiting(RULE);
    const fetch = revoked.fetch();
    await revoked.agent.state.vault.update((now) => ({ ...now, rules: [] }));
    revoked.tell();
    expect(await fetch).toBe("denied");
  });
});
