import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import {
  opened,
  OTHER_PASSPHRASE as OTHER,
  depsOf,
  fixture,
  MemoryStore,
  openVault,
  PASSPHRASE,
  platform,
  refusal,
  setting,
  setValue,
} from "./kit.test.helper.ts";
import { SecureMemory } from "../memory/secure-memory.ts";
import type { Secret } from "./contents.ts";
import { CHUNK_BYTES } from "./limits.ts";
import { payloadOf } from "./reference.test.helper.ts";
import { sealedLength } from "./seal.ts";
import { Vault } from "./vault.ts";

/** As many as a job that changes a secret every minute makes in a week. */
const SAVES = 10_000;
const MANY = 20_000;
const MANY_BYTES = MANY * sealedLength(200);

let file: Buffer;
beforeAll(async () => {
  ({ file } = await fixture());
});

describe("a change", () => {
  it("is saved whole, one after the other, each on the newest contents", async () => {
    const { vault, store } = await opened(file);
    const before = vault.generation;
    await Promise.all(Array.from({ length: 20 }, (_, i) => setValue(vault, `n/${i}`, `${i}`)));
    expect(vault.generation).toBe(before + 20);
    const again = await opened(store.file ?? file);
    expect(again.vault.contents.secrets.size).toBe(22);
    expect(again.vault.generation).toBe(before + 20);
    vault.destroy();
    again.vault.destroy();
  });

  it("B33: of 50 that expect version 1, one wins", async () => {
    const { vault } = await opened(file);
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
    const { vault, store } = await opened(file);
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
    const { vault, store } = await opened(file);
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
    const again = await opened(store.file ?? file);
    expect(again.vault.contents.rules).toEqual([rule]);
    vault.destroy();
    again.vault.destroy();
  });

  it("B93: 10,000 saves use as many nonces and differ everywhere, also when they save the same", async () => {
    const { vault, store } = await opened(file);
    for (let i = 0; i < SAVES; i++) await vault.update((now) => now);
    const nonces = store.saved.map((saved) => saved.toString("hex", 66, 90));
    expect(new Set(nonces).size).toBe(SAVES);
    const blocks = store.saved.map((saved) => payloadOf(saved).toString("hex", 0, 64));
    expect(new Set(blocks).size).toBe(SAVES);
    const [one, two] = store.saved.slice(-2).map(payloadOf);
    const same = one?.filter((byte, i) => byte === two?.[i]).length ?? 0;
    expect(same).toBeLessThan((one?.length ?? 0) / 64); // 1 byte in 256 is alike by chance
    vault.destroy();
  });
});

describe("a save of a large vault", () => {
  it("lets requests through all along, and is stopped by a lock in the middle", async () => {
    const { vault, store } = await opened(file);
    const turns = await turnsDuring(vault.update((now) => ({ ...now, secrets: manySecrets() })));
    expect(turns).toBeGreaterThan(MANY_BYTES / (2 * 1024 * 1024)); // encoded, written and compared: each in slices
    expect(vault.contents.secrets.size).toBe(MANY);
    const before = store.file;
    const stopped = refusal(vault.update((now) => ({ ...now, rules: [] })));
    await turn();
    vault.destroy();
    expect(await stopped).toBe("locked");
    expect(store.file).toBe(before);
  });
});

/** Secrets that a reader takes, though their values open to nothing. */
function manySecrets(): ReadonlyMap<string, Secret> {
  const sealed = Buffer.alloc(sealedLength(200));
  const secrets = Array.from({ length: MANY }, (_, i): readonly [string, Secret] => {
    const name = `many/${i}`;
    const versions = [{ number: 1, created: 0, size: 200, sealed }];
    return [name, { id: randomBytes(16), name, attributes: {}, versions }];
  });
  return new Map(secrets);
}

/** How often others got their turn of the event loop before it was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  const done = work.then(() => true);
  while (!(await Promise.race([done, turn(false)]))) turns++;
  return turns;
}

describe("destroy", () => {
  it("makes everything throw locked, synchronously", async () => {
    const { vault } = await opened(file);
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
    const { vault, store } = await opened(file);
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
    const always = { cancelled: () => true };
    expect(await refusal(openVault(depsOf(new MemoryStore(file)), always))).toBe("locked");
    const { vault } = await opened(file);
    const removing = refusal(vault.removeSlot(vault.slots[1]?.id ?? ""));
    await new Promise(setImmediate);
    vault.destroy();
    expect(["locked", "accepted"]).toContain(await removing);
  });

  it("gives its pages back, also after failures: the next unlock takes the same ones", async () => {
    let taken = 0;
    const secretPages = (bytes: number): ReturnType<typeof platform.secretPages> => {
      taken++;
      return platform.secretPages(bytes);
    };
    const own = { memory: new SecureMemory({ ...platform, secretPages }) };
    const rounds: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { vault } = await openVault(depsOf(new MemoryStore(file), own));
      await vault.removeSlot(vault.slots[1]?.id ?? "");
      vault.destroy();
      await refusal(openVault(depsOf(new MemoryStore(file), own), { bytes: OTHER }));
      await refusal(openVault(depsOf(new MemoryStore(file), own), { kind: "recovery", bytes: OTHER }));
      rounds.push(taken);
    }
    expect(new Set(rounds).size).toBe(1);
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
