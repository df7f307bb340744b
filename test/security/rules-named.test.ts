/** Whom and what a rule names is taken as it stands, or refused when the rule is made: nothing is guessed. */
import type { HeaderFields } from "@sotto/client/protocol";
import { beforeAll, expect, it } from "vitest";
import { codeOf } from "../support/asker.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const OWN_UID = process.getuid?.() ?? 0;
/** Nobody has it here: a user that was deleted. */
const REUSED_UID = 64_175;
const agent = liveAgent({ shared: true });

beforeAll(async () => {
  using administrator = await agent().administrator();
  for (const name of ["db", "db/a", "db/a/b", "dbx/a", "a/db/a", "of/user"])
    await set(administrator, name, Buffer.from(name));
});

async function grantOnWire(fields: HeaderFields): Promise<string> {
  using administrator = await agent().administrator();
  const rule = { selector: "db/a", may: ["get"], uids: [OWN_UID], ...fields };
  return codeOf(await administrator.request({ v: 1, id: 1, verb: "grant", ...rule }));
}

it.each(["db*", "*", "d/*/x", "**", "db/*", "db/***", "DB/**", "DB/a", "db/../a", "/db/a", "db/a/"])(
  "B57: no rule is made for the selector %s, on the wire or by the command line",
  async (selector) => {
    expect(await grantOnWire({ selector })).toBe("bad-request");
    const refused = await agent().sandbox.agent(["grant", "--uid", "1", "--", selector], {
      passphrase: PASSPHRASE,
    });
    expect(refused).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  },
);

it("B57: db/** is for what lies below db, by whole segments, and for nothing else", async () => {
  using administrator = await agent().administrator();
  const rule = await grant(administrator, "db/**", { uids: [OWN_UID] });
  using connection = await agent().connect();
  const outcome = async (name: string): Promise<string> =>
    codeOf(await connection.request({ v: 1, id: 1, verb: "get", name }));
  expect([await outcome("db/a"), await outcome("db/a/b")]).toEqual(["ok", "ok"]);
  for (const name of ["db", "dbx/a", "a/db/a"]) expect(await outcome(name), name).toBe("denied");
  expect(await outcome("DB/a")).toBe("bad-request");
  await administrator.request({ v: 1, id: 1, verb: "revoke", rule });
});

it.each<[string, string[]]>([
  ["a user who is unknown", ["--user", "no-such-user-of-this-machine"]],
  ["a number as user", ["--user", "1000"]],
  ["a number with a sign as user", ["--user", "+0"]],
  ["an empty user", ["--user", ""]],
  ["a name as uid", ["--uid", "root"]],
  ["a uid that is nobody's", ["--uid", "4294967295"]],
  ["a negative uid", ["--uid=-1"]],
  ["a hexadecimal uid", ["--uid", "0x0"]],
  ["a group that is unknown", ["--group", "no-such-group-of-this-machine"]],
  ["a number as group", ["--group", "0"]],
  ["a name as gid", ["--gid", "root"]],
])("B58: %s is refused by the command line with exit status 2", async (_what, identity) => {
  const refused = await agent().sandbox.agent(["grant", "db/a", ...identity], { passphrase: PASSPHRASE });
  expect(refused).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  expect(refused.stderr).toMatch(/^agent: error: /);
});

it.each<[string, HeaderFields]>([
  ["a uid as text", { uids: ["1000"] }],
  ["a name as uid", { uids: ["root"] }],
  ["a user without an id", { users: [{ name: "root" }] }],
  ["a user whose id is text", { users: [{ name: "root", id: "0" }] }],
  ["a user with a number as name", { users: [{ name: "1000", id: 1000 }] }],
  ["a user as text", { users: ["root"] }],
])("B58: %s is refused on the wire", async (_what, identity) => {
  expect(await grantOnWire({ uids: undefined, ...identity })).toBe("bad-request");
});

it("B58: a rule for a user is one for its uid, whoever has that now", async (context) => {
  needsRoot(context);
  using administrator = await agent().administrator();
  await grant(administrator, "of/user", { users: [{ name: "deleted-user", id: REUSED_UID }] });
  await agent().sandbox.ok(["lock"]);
  await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  using successor = await agent().connect({ uid: REUSED_UID });
  const get = { v: 1, id: 1, verb: "get", name: "of/user" };
  expect((await successor.request(get)).payload.toString()).toBe("of/user");
  using other = await agent().connect({ uid: REUSED_UID + 1 });
  expect(codeOf(await other.request(get))).toBe("denied");
});
