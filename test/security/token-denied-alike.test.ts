/** A token opens what its rules name, to whom and as long as it is good; whatever is wrong about one, the answer is the same. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import { frame, type RawConnection, type RawReply } from "../support/raw-connection.ts";
import { freshLabel, makeToken, spoiled } from "../support/tokens.ts";

const UID = process.getuid?.() ?? 0;
const MINE = "mine/secret";
const OTHER = "other/secret";
const VALUE = Buffer.from("the value of the token's secret");
const SHORT_MS = 5_000;
const FETCHES = 500;
/** Others use the same cores: the bound is generous, and one of a few measurements has to keep it. */
const BOUND = 0.25;
const MEASUREMENTS = 4;
const FILLERS = 50;
const agent = liveAgent({ config: { ticket: 0 } });

let good: Buffer;
let forUid: Buffer;
beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, MINE, VALUE);
  await set(administrator, OTHER, VALUE);
  good = await makeToken(administrator, "good");
  forUid = await makeToken(administrator, "for-uid", { uid: UID });
  await grant(administrator, MINE, { tokens: ["good", "for-uid"] });
});

const lastFetch = (): Record<string, unknown> | undefined =>
  agent()
    .sandbox.auditRecords()
    .findLast(({ verb }) => verb === "get");
const fetch = (connection: RawConnection, token?: Uint8Array, name = MINE): Promise<RawReply> =>
  connection.request({ v: 1, id: 9, verb: "get", name }, token);

it("B63: the token opens what its rule names, with and without a uid", async () => {
  using job = await agent().connect();
  for (const token of [good, forUid]) expect(succeeded(await fetch(job, token)).payload).toEqual(VALUE);
});

it("B63: whatever is wrong about a token, the denial has the same bytes", async () => {
  using administrator = await agent().administrator();
  const labels = ["other-uid", "expired", "revoked", "unnamed"].map(freshLabel);
  const [forOther = "", brief = "", short = "", unused = ""] = labels;
  const expires = Date.now() + SHORT_MS;
  const otherUid = await makeToken(administrator, forOther, { uid: UID + 1 });
  const expired = await makeToken(administrator, brief, { expires });
  const revoked = await makeToken(administrator, short);
  const unnamed = await makeToken(administrator, unused);
  await grant(administrator, MINE, { tokens: [forOther, brief, short] });
  using job = await agent().connect();
  for (const token of [expired, revoked]) expect(succeeded(await fetch(job, token)).payload).toEqual(VALUE);
  succeeded(await administrator.request({ v: 1, id: 1, verb: "token-revoke", label: short }));
  await sleep(Math.max(0, expires - Date.now()));

  const reference = await fetch(job, undefined, "no/such/secret");
  expect(reference.header.get("error")).toBe("denied");
  const wrong: Record<string, Buffer> = {
    "a wrong first byte": spoiled(good, 0),
    "a wrong last byte": spoiled(good, -1),
    "another uid's": otherUid,
    expired,
    revoked,
    "no rule names it": unnamed,
    none: Buffer.alloc(0),
    "a byte short": good.subarray(0, -1),
    "a newline more": Buffer.concat([good, Buffer.from("\n")]),
    "not decoded": Buffer.from(good.toString(), "base64url"),
    "a label": Buffer.from("good"),
    "as long as one may be": Buffer.alloc(1024, good),
    zeros: Buffer.alloc(43),
  };
  for (const [what, token] of Object.entries(wrong))
    expect((await fetch(job, token)).bytes.toString("hex"), what).toBe(reference.bytes.toString("hex"));
  const other = await fetch(job, good, OTHER);
  expect(other.bytes.toString("hex"), "another name").toBe(reference.bytes.toString("hex"));
});

it("B63: a token without a rule that asks for one neither helps nor harms", async () => {
  using administrator = await agent().administrator();
  await set(administrator, "open/secret", VALUE);
  await grant(administrator, "open/secret", { uids: [UID] });
  using job = await agent().connect();
  for (const token of [undefined, good, spoiled(good, 3)])
    expect(succeeded(await fetch(job, token, "open/secret")).payload).toEqual(VALUE);
});

it("B63: a rule that asks for a token and a uid needs both", async () => {
  using administrator = await agent().administrator();
  await set(administrator, "both/secret", VALUE);
  await grant(administrator, "both/secret", { uids: [UID + 1], tokens: ["good"] });
  using job = await agent().connect();
  expect((await fetch(job, good, "both/secret")).header.get("error")).toBe("denied");
  await grant(administrator, "both/secret", { uids: [UID], tokens: ["good"] });
  expect(succeeded(await fetch(job, good, "both/secret")).payload).toEqual(VALUE);
  expect((await fetch(job, undefined, "both/secret")).header.get("error")).toBe("denied");
});

it("B63: labels are unique, and a rule cannot name a token that does not exist", async () => {
  using administrator = await agent().administrator();
  const ask = (verb: string, fields: Readonly<Record<string, unknown>>): Promise<RawReply> =>
    administrator.request({ v: 1, id: 1, verb, ...fields });
  expect((await ask("token-new", { label: "good" })).header.get("error")).toBe("conflict");
  const past = await ask("token-new", { label: "past", expires: Date.now() - 1 });
  expect(past.header.get("error")).toBe("bad-request");
  expect((await ask("token-revoke", { label: "absent" })).header.get("error")).toBe("not-found");
  const unknown = await ask("grant", { selector: MINE, may: ["get"], tokens: ["good", "absent"] });
  expect([unknown.header.get("error"), unknown.header.get("reason")]).toEqual([
    "bad-request",
    "token-unknown",
  ]);
  using job = await agent().connect();
  expect(succeeded(await fetch(job, good)).payload, "the first one of the label is untouched").toEqual(VALUE);
});

it("B63: the audit holds nothing of a token, and says which rule it was", async () => {
  using job = await agent().connect();
  await fetch(job, good);
  const allowed = lastFetch();
  expect(allowed).toMatchObject({ verb: "get", name: MINE, result: "allowed", uid: UID });
  expect(allowed?.["rule"]).toMatch(/^[0-9a-f]{16}$/);
  expect(allowed).not.toHaveProperty("note");
  await fetch(job, spoiled(good, -1));
  const denied = lastFetch();
  expect(denied).toMatchObject({ verb: "get", name: MINE, result: "denied" });
  expect(denied).not.toHaveProperty("rule");
  const { home } = agent().sandbox;
  for (const file of ["audit.jsonl", "agent.log", "vault"]) {
    const bytes = readFileSync(join(home, file));
    for (const one of [good.subarray(0, 12), Buffer.from(good.toString(), "base64url").subarray(0, 12)])
      expect(bytes.includes(one), file).toBe(false);
  }
});

it.each([
  ["token-new", { label: "x" }],
  ["tokens", {}],
  ["token-revoke", { label: "good" }],
])("B63: %s needs the passphrase, also from an administrator", async (verb, fields) => {
  using job = await agent().connect();
  const reply = await job.request({ v: 1, id: 1, verb, ...fields });
  expect([reply.header.get("error"), reply.payload.length]).toEqual(["auth-required", 0]);
});

it("B63: a token with a wrong first byte is denied as fast as one with a wrong last byte", async () => {
  using administrator = await agent().administrator();
  for (let i = 0; i < FILLERS; i++) await makeToken(administrator, freshLabel("filler"));
  const differences: number[] = [];
  for (let i = 0; i < MEASUREMENTS && !differences.some((one) => one < BOUND); i++)
    differences.push(await differenceOfMedians());
  expect(Math.min(...differences), `relative differences: ${differences.join(" ")}`).toBeLessThan(BOUND);
});

/** Fetches with both in turn, each on a connection of its own, and compares the medians. */
async function differenceOfMedians(): Promise<number> {
  const times = [spoiled(good, 0), spoiled(good, -1)].map((token) => ({ token, taken: [] as number[] }));
  using job = await agent().connect();
  for (let i = 0; i < FETCHES; i++)
    for (const { token, taken } of times) taken.push(await timeOf(job, token));
  const [first = NaN, last = NaN] = times.map(({ taken }) => median(taken));
  return Math.abs(first - last) / Math.min(first, last);
}

async function timeOf(job: RawConnection, token: Buffer): Promise<number> {
  const request = frame({ v: 1, id: 1, verb: "get", name: MINE }, token);
  const began = performance.now();
  job.send(request);
  await job.reply();
  return performance.now() - began;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
