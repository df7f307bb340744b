/** `list` shows exactly the names that `get` gives, and nothing of the others: not a name, not their number. */
import { beforeEach, expect, it } from "vitest";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import type { RawConnection } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";

/** Who asks, with another gid and a supplementary group, so that each kind of identity decides something. */
const PEER = { uid: 64_130, gid: 64_230, groups: [64_330] };
const BYSTANDER = { uid: 64_131 };
const agent = liveAgent({ shared: true });
beforeEach(needsRoot);

const NAMES = ["a", "a/b", "a/b/c", "a/bb", "a/d", "ab", "b", "b/a", "b/c", "b/c/d", "c/x", "d/x", "e"];

type Identity = Readonly<Record<string, readonly number[] | readonly string[]>>;
const RULES: readonly (readonly [selector: string, identity: Identity, may?: readonly string[]])[] = [
  ["a/b", { uids: [PEER.uid] }],
  ["a/b/**", { gids: [PEER.gid] }],
  ["b/c/**", { gids: [64_330] }],
  ["c/**", { uids: [PEER.uid], gids: [1] }], // both must hold, and one does not
  ["d/**", { uids: [PEER.uid] }, ["set"]], // may replace, not fetch
  ["e", { uids: [BYSTANDER.uid] }],
  ["ab", { uids: [BYSTANDER.uid, PEER.uid] }],
  ["b", { uids: [PEER.uid], units: ["sotto-nobody.service"] }], // what the process must be looked at for
  ["no/such/**", { uids: [PEER.uid] }],
];

async function listed(
  connection: RawConnection,
  fields: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const names: string[] = [];
  for (let more = true; more;) {
    const after = names.at(-1);
    const page = succeeded(
      await connection.request({
        v: 1,
        id: 1,
        verb: "list",
        ...fields,
        ...(after !== undefined && { after }),
      }),
    ).header;
    names.push(...(page.get("names") as string[]));
    more = page.get("more") === true;
  }
  return names;
}

async function fetched(connection: RawConnection, names: readonly string[]): Promise<string[]> {
  const given: string[] = [];
  for (const name of names) {
    const reply = await connection.request({ v: 1, id: 1, verb: "get", name });
    if (reply.header.get("ok") === true) given.push(name);
    else expect(reply.header.get("error")).toBe("denied");
  }
  return given;
}

it("B30: list shows what get gives, after every rule that is made and revoked", async () => {
  using administrator = await agent().administrator();
  for (const name of NAMES) await set(administrator, name, Buffer.from(name));
  using peer = await agent().connect(PEER);
  using bystander = await agent().connect(BYSTANDER);
  const expectEqual = async (): Promise<void> => {
    for (const one of [peer, bystander]) expect(await listed(one)).toEqual(await fetched(one, NAMES));
  };
  await expectEqual();
  const rules: string[] = [];
  for (const rule of RULES) {
    rules.push(await grant(administrator, ...rule));
    await expectEqual();
  }
  expect(await listed(peer)).toEqual(["a/b", "a/b/c", "ab", "b/c/d"]);
  expect(await listed(peer, { prefix: "a" })).toEqual(["a/b", "a/b/c"]);
  expect(await listed(peer, { prefix: "b/c" })).toEqual(["b/c/d"]);
  expect(await listed(bystander)).toEqual(["ab", "e"]);
  for (const rule of rules) {
    succeeded(await administrator.request({ v: 1, id: 1, verb: "revoke", rule }));
    await expectEqual();
  }
  expect(await listed(peer)).toEqual([]);
});

it("B30: how many others there are changes no byte of any answer", async () => {
  using administrator = await agent().administrator();
  await set(administrator, "mine/one", Buffer.from("1"));
  const rule = await grant(administrator, "mine/one", { uids: [PEER.uid] });
  using peer = await agent().connect(PEER);
  const before = await answers(peer);
  for (let i = 0; i < 200; i++)
    await set(administrator, `others/${"long-name".repeat(6)}-${i}`, Buffer.from("x"));
  await grant(administrator, "others/**", { uids: [BYSTANDER.uid] });
  expect(await answers(peer)).toEqual(before);
  succeeded(await administrator.request({ v: 1, id: 1, verb: "revoke", rule }));
  using bystander = await agent().connect(BYSTANDER);
  expect(await listed(bystander), "more than a page").toHaveLength(200);
});

/** All that a job can ask about names, as bytes; and the status, whose time of running changes by itself. */
async function answers(peer: RawConnection): Promise<unknown[]> {
  const questions = [{}, { prefix: "mine" }, { prefix: "others" }, { after: "mine/one" }, { after: "a" }];
  const bytes: unknown[] = [];
  for (const fields of questions)
    bytes.push((await peer.request({ v: 1, id: 1, verb: "list", ...fields })).bytes.toString("hex"));
  const all = await peer.request({ v: 1, id: 1, verb: "list", all: true });
  expect(all.header.get("error")).toBe("denied");
  const status = new Map((await peer.request({ v: 1, id: 1, verb: "status" })).header);
  status.delete("uptimeSeconds");
  return [...bytes, status];
}
