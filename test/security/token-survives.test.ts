/** Tokens lie in the vault: they outlive a lock and the agent, and so does their end. */
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import type { RawReply } from "../support/raw-connection.ts";

const NAME = "job/secret";
const VALUE = Buffer.from("the value");
const MANY = 150;

async function proved({ socket }: Sandbox): Promise<Asker> {
  return Asker.proved(socket, PASSPHRASE);
}

/** What becomes of a fetch with a token. */
async function fetch({ socket }: Sandbox, token: Buffer): Promise<string> {
  using job = await Asker.open(socket);
  const reply = await job.ask("get", { name: NAME }, token);
  return codeOf(reply) === "ok" ? reply.payload.toString() : codeOf(reply);
}

async function allTokens(asker: Asker): Promise<ReadonlyMap<string, unknown>[]> {
  const all: ReadonlyMap<string, unknown>[] = [];
  for (let more = true; more;) {
    const after = all.at(-1)?.get("label") as string | undefined;
    const { header }: RawReply = await asker.must("tokens", after === undefined ? {} : { after });
    all.push(...(header.get("tokens") as ReadonlyMap<string, unknown>[]));
    more = header.get("more") === true;
  }
  return all;
}

it("B63: a token is good after a lock and after a restart; a revoked one is not", async () => {
  await using sandbox = await Sandbox.start();
  const uid = process.getuid?.() ?? 0;
  const expires = Date.now() + 3_600_000;
  const made: Record<string, Buffer> = {};
  {
    using asker = await proved(sandbox);
    await asker.must("set", { name: NAME }, VALUE);
    for (const [label, fields] of Object.entries({ plain: {}, mine: { uid, expires }, gone: {} }))
      made[label] = Buffer.from((await asker.must("token-new", { label, ...fields })).payload);
    await asker.must("grant", { selector: "job/**", may: ["get"], tokens: ["plain", "mine", "gone"] });
    await asker.must("token-revoke", { label: "gone" });
  }
  const { plain = Buffer.alloc(0), mine = Buffer.alloc(0), gone = Buffer.alloc(0) } = made;
  const outcomes = async (): Promise<string[]> =>
    Promise.all([plain, mine, gone].map((token) => fetch(sandbox, token)));
  const unlocked = [VALUE.toString(), VALUE.toString(), "denied"];
  expect(await outcomes()).toEqual(unlocked);

  await sandbox.ok(["lock"]);
  expect(await outcomes()).toEqual(["locked", "locked", "locked"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(await outcomes()).toEqual(unlocked);

  const before = await sandbox.pid();
  await sandbox.ok(["stop"]);
  await sandbox.ok(["start"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(await sandbox.pid()).not.toBe(before);
  expect(await outcomes()).toEqual(unlocked);

  using asker = await proved(sandbox);
  const listed = (await allTokens(asker)).map((token) => Object.fromEntries(token));
  const created = expect.any(Number) as number;
  expect(listed).toEqual([
    { label: "mine", created, uid, expires },
    { label: "plain", created },
  ]);
  // A new token of the label: the rule that names it means the new one, and not the one before.
  const again = Buffer.from((await asker.must("token-new", { label: "gone" })).payload);
  expect([await fetch(sandbox, again), await fetch(sandbox, gone)]).toEqual([VALUE.toString(), "denied"]);
});

it("B63: tokens are kept when the vault gets a new file key", async () => {
  await using sandbox = await Sandbox.start();
  using asker = await proved(sandbox);
  await asker.must("set", { name: NAME }, VALUE);
  const token = Buffer.from((await asker.must("token-new", { label: "nightly" })).payload);
  await asker.must("grant", { selector: NAME, may: ["get"], tokens: ["nightly"] });
  await asker.must("passwd", {}, Buffer.from("another passphrase"));
  expect(await fetch(sandbox, token)).toBe(VALUE.toString());
});

it("B63: more than a page of tokens is listed in pages, in order, without what they are", async () => {
  await using sandbox = await Sandbox.start();
  using asker = await proved(sandbox);
  const labels = Array.from(
    { length: MANY },
    (_, i) => `${"long-label-".repeat(4)}${String((i * 7) % MANY).padStart(3, "0")}`,
  );
  for (const label of labels) await asker.must("token-new", { label });
  const listed = await allTokens(asker);
  expect(listed.map((token) => token.get("label"))).toEqual([...labels].sort());
  for (const token of listed) expect([...token.keys()].sort()).toEqual(["created", "label"]);
});
