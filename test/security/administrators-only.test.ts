/** Only administrators unlock, lock, stop and change: everyone else is denied, on record, and nothing happens. */
import { readFileSync } from "node:fs";
import type { HeaderFields } from "@sotto/client/protocol";
import { beforeEach, expect, it } from "vitest";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import type { RawConnection } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const JOB = { uid: 64_132 };
const agent = liveAgent({ shared: true, config: { adminGroup: "daemon" } });
beforeEach(needsRoot);

/** A group that every Linux has. */
const ADMIN_GID = Number(/^daemon:[^:]*:([0-9]+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1]);

/** Every verb that is not for everyone; the right passphrase changes nothing about who may ask. */
const FORBIDDEN: readonly (readonly [verb: string, fields: HeaderFields, payload: string])[] = [
  ["unlock", {}, PASSPHRASE],
  ["unlock", { acceptRollback: true, upgradeKdf: true, ttlMs: 1 }, PASSPHRASE],
  ["auth", {}, PASSPHRASE],
  ["lock", {}, ""],
  ["stop", {}, ""],
  ["init", {}, PASSPHRASE],
  ["set", { name: "job/secret" }, "changed"],
  ["set", { name: "job/added" }, "added"],
  ["get", { name: "job/other", admin: true }, ""],
  ["list", { all: true }, ""],
  ["show", { name: "job/secret" }, ""],
  ["rename", { name: "job/secret", to: "job/renamed" }, ""],
  ["remove", { name: "job/secret" }, ""],
  ["restore", { name: "job/secret", version: 1 }, ""],
  ["prune", { name: "job/secret", keep: 1 }, ""],
  ["grant", { selector: "job/**", may: ["get"], uids: [JOB.uid] }, ""],
  ["rules", {}, ""],
  ["revoke", { rule: "00" }, ""],
  ["passwd", {}, "another passphrase"],
  ["slots", {}, ""],
  ["slot-add", { kind: "passphrase" }, "another passphrase"],
  ["token-new", { label: "nightly" }, ""],
  ["tokens", {}, ""],
  ["token-revoke", { label: "nightly" }, ""],
  ["slot-remove", { slot: "00" }, ""],
  ["slot-test", {}, PASSPHRASE],
];

/** What an administrator sees of the agent, and all that a denied request could have changed. */
async function stateOf(administrator: RawConnection): Promise<unknown[]> {
  const ask = async (verb: string, fields: HeaderFields = {}): Promise<ReadonlyMap<string, unknown>> =>
    succeeded(await administrator.request({ v: 1, id: 1, verb, ...fields })).header;
  const status = new Map(await ask("status"));
  status.delete("uptimeSeconds");
  const shown = await ask("show", { name: "job/secret" });
  return [status, shown, await ask("rules"), await ask("slots"), await ask("list", { all: true })];
}

it.each(FORBIDDEN)(
  "B32: %s %j by a job is denied, on record, and changes nothing",
  async (verb, fields, payload) => {
    using administrator = await agent().administrator();
    await prepare(administrator);
    const state = await stateOf(administrator);
    const records = agent().sandbox.auditRecords().length;

    using job = await agent().connect(JOB);
    const reply = await job.request({ v: 1, id: 1, verb, ...fields }, Buffer.from(payload));
    expect([...reply.header]).toEqual([
      ["id", 1],
      ["ok", false],
      ["error", "denied"],
    ]);
    expect(reply.payload).toHaveLength(0);

    const added = agent().sandbox.auditRecords().slice(records);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatchObject({ uid: JOB.uid, pid: process.pid, verb, result: "denied" });
    expect(await stateOf(administrator)).toEqual(state);
  },
);

/** Two secrets, of which a rule gives one to the job: to fetch, not to replace. */
async function prepare(administrator: RawConnection): Promise<void> {
  const names = succeeded(await administrator.request({ v: 1, id: 1, verb: "list", all: true })).header;
  if ((names.get("names") as string[]).includes("job/secret")) return;
  await set(administrator, "job/secret", Buffer.from("value"));
  await set(administrator, "job/other", Buffer.from("value"));
  await grant(administrator, "job/secret", { uids: [JOB.uid] });
}

it("B32: a rule to replace allows exactly that", async () => {
  using administrator = await agent().administrator();
  await grant(administrator, "turned/key", { uids: [JOB.uid] }, ["set"]);
  using job = await agent().connect(JOB);
  expect(await set(job, "turned/key", Buffer.from("new"))).toBe(1);
  for (const [verb, name] of [
    ["get", "turned/key"],
    ["set", "turned/other"],
    ["set", "turned/key/below"],
    ["show", "turned/key"],
  ] as const)
    expect((await job.request({ v: 1, id: 1, verb, name })).header.get("error"), verb).toBe("denied");
});

it("B32: a member of the administrators' group needs the passphrase like anyone, and then may", async () => {
  using member = await agent().connect({ ...JOB, groups: [ADMIN_GID] });
  const name = "by/member";
  expect((await member.request({ v: 1, id: 1, verb: "set", name })).header.get("error")).toBe(
    "auth-required",
  );
  const wrong = await member.request({ v: 1, id: 2, verb: "auth" }, Buffer.from("wrong passphrase"));
  expect(wrong.header.get("error")).toBe("wrong-passphrase");
  expect((await member.request({ v: 1, id: 3, verb: "set", name })).header.get("error")).toBe(
    "auth-required",
  );
  succeeded(await member.request({ v: 1, id: 4, verb: "auth" }, Buffer.from(PASSPHRASE)));
  expect(await set(member, name, Buffer.from("value"))).toBe(1);
  using sameUserOutside = await agent().connect(JOB);
  const denied = await sameUserOutside.request({ v: 1, id: 1, verb: "set", name });
  expect(denied.header.get("error"), "a ticket makes nobody an administrator").toBe("denied");
});

it("B32: while the agent is locked a job is denied the same, and learns the state at most", async () => {
  await agent().sandbox.ok(["lock"]);
  using job = await agent().connect(JOB);
  for (const [verb, fields, payload] of FORBIDDEN) {
    const asked = verb === "set" || (verb === "get" && fields["admin"] !== true) ? "locked" : "denied";
    const reply = await job.request({ v: 1, id: 1, verb, ...fields }, Buffer.from(payload));
    expect(reply.header.get("error"), verb).toBe(asked);
  }
  const { header } = await job.request({ v: 1, id: 1, verb: "status" });
  expect([...header.keys()].sort()).toEqual(
    ["id", "ok", "state", "pid", "version", "protocol", "memory", "uptimeSeconds"].sort(),
  );
  expect(header.get("state")).toBe("locked");
  await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  await agent().expectAlive();
});
