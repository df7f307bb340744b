/** Holding uid 0 is no permission: root needs a rule like anyone, or proves the passphrase and is on record for it. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const SECRET = { name: "of/another", value: "for another user" };
/** Without tickets: what was proved on other connections shall not help here. */
const agent = liveAgent({ shared: true, config: { ticket: "0" } });
beforeEach(needsRoot);

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, SECRET.name, Buffer.from(SECRET.value));
  await grant(administrator, SECRET.name, { uids: [64_137] });
});

const lastRecord = (): Record<string, unknown> | undefined => agent().sandbox.auditRecords().at(-1);

it("B37: root without a rule is denied, on the wire and by the command line", async () => {
  using root = await agent().connect();
  const reply = await root.request({ v: 1, id: 1, verb: "get", name: SECRET.name });
  expect(reply.header.get("error")).toBe("denied");
  expect(reply.payload).toHaveLength(0);
  expect(lastRecord()).toMatchObject({ uid: 0, verb: "get", name: SECRET.name, result: "denied" });

  const got = await agent().sandbox.agent(["get", SECRET.name]);
  expect(got).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
  expect(got.stderr).not.toContain(SECRET.value);
});

it("B37: not even a proof is a rule: without saying so, an administrator is denied too", async () => {
  using administrator = await agent().administrator();
  const reply = await administrator.request({ v: 1, id: 1, verb: "get", name: SECRET.name });
  expect(reply.header.get("error")).toBe("denied");
  const list = await administrator.request({ v: 1, id: 1, verb: "list" });
  expect(list.header.get("names")).toEqual(["probe/alive"]);
});

it("B37: as an administrator root is asked for the passphrase, and for the right one", async () => {
  const asAdministrator = { v: 1, id: 1, verb: "get", name: SECRET.name, admin: true };
  using root = await agent().connect();
  expect((await root.request(asAdministrator)).header.get("error")).toBe("auth-required");
  expect((await root.request(asAdministrator, Buffer.from(PASSPHRASE))).header.get("error")).toBe(
    "auth-required", // the payload of a get is a token, not a passphrase
  );
  await root.request({ v: 1, id: 2, verb: "auth" }, Buffer.from("wrong passphrase"));
  expect((await root.request(asAdministrator)).header.get("error")).toBe("auth-required");
  expect(lastRecord()).toMatchObject({ uid: 0, verb: "get", result: "auth-required" });

  const { sandbox } = agent();
  const unasked = await sandbox.agent(["get", SECRET.name, "--admin"]);
  expect(unasked).toMatchObject({ status: 7, stdout: Buffer.alloc(0) });
  const wrong = await sandbox.agent(["get", SECRET.name, "--admin"], { passphrase: "wrong passphrase" });
  expect(wrong).toMatchObject({ status: 7, stdout: Buffer.alloc(0) });
});

it("B37: with a proved passphrase an administrator gets it, and is on record as one", async () => {
  const got = await agent().sandbox.ok(["get", SECRET.name, "--admin"], { passphrase: PASSPHRASE });
  expect(got.stdout.toString()).toBe(SECRET.value);
  expect(lastRecord()).toMatchObject({
    uid: 0,
    verb: "get",
    name: SECRET.name,
    result: "allowed",
    admin: true,
  });
  expect(lastRecord()).not.toHaveProperty("rule");
});

it("B37: by a rule root gets it like anyone, and is on record with the rule", async () => {
  using administrator = await agent().administrator();
  const rule = await grant(administrator, SECRET.name, { uids: [0] });
  expect((await agent().sandbox.ok(["get", SECRET.name])).stdout.toString()).toBe(SECRET.value);
  expect(lastRecord()).toMatchObject({ uid: 0, verb: "get", result: "allowed", rule });
  expect(lastRecord()).not.toHaveProperty("admin");
  await administrator.request({ v: 1, id: 1, verb: "revoke", rule });
  expect((await agent().sandbox.agent(["get", SECRET.name])).status).toBe(4);
});
