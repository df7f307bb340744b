/** A rate is a promise to the owner of the secret: so many fetches in any such time, for each uid, however they come. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import type { Credentials } from "../support/as-user.ts";
import { codeOf } from "../support/asker.ts";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import { frame, type RawConnection, type RawReply } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const SECRET = { name: "rated/secret", value: "five times a minute" };
const MINUTE = { count: 5, perMs: 60_000 };
const OWN_UID = process.getuid?.() ?? 0;
const [ALLOWED, ANOTHER, STRANGER] = [64_171, 64_172, 64_173];
const CONNECTIONS = 25;
const REQUESTS_EACH = 4;

const agent = liveAgent({ shared: true });
const get = { v: 1, id: 1, verb: "get", name: SECRET.name };

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, SECRET.name, Buffer.from(SECRET.value));
});

/** Runs `action` while a rule is there. */
async function withRule(rule: object, action: () => Promise<void>): Promise<void> {
  using administrator = await agent().administrator();
  const id = await grant(administrator, SECRET.name, { ...rule });
  try {
    await action();
  } finally {
    using afterwards = await agent().administrator(); // a lock in between voids what was proved before it
    succeeded(await afterwards.request({ v: 1, id: 1, verb: "revoke", rule: id }));
  }
}

/** The outcomes of so many fetches, one after the other. */
async function fetch(times: number, credentials?: Credentials): Promise<string[]> {
  using connection = await agent().connect(credentials);
  const codes: string[] = [];
  for (let i = 0; i < times; i++) codes.push(codeOf(await connection.request(get)));
  return codes;
}

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const limited = (reply: RawReply): boolean => {
  const wait = reply.header.get("retryAfterMs");
  return codeOf(reply) === "rate-limited" && typeof wait === "number" && wait > 0 && wait <= MINUTE.perMs;
};

/** As many fetches as `CONNECTIONS` send at once. */
async function fetchAtOnce(): Promise<RawReply[]> {
  const connections: RawConnection[] = [];
  try {
    for (let i = 0; i < CONNECTIONS; i++) connections.push(await agent().connect());
    for (const connection of connections) connection.send(Buffer.concat(times(REQUESTS_EACH, frame(get))));
    return (await Promise.all(connections.map(allReplies))).flat();
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
}

async function allReplies(connection: RawConnection): Promise<RawReply[]> {
  const replies: RawReply[] = [];
  while (replies.length < REQUESTS_EACH) {
    const reply = await connection.reply();
    if (reply === undefined) throw new Error("closed without a reply");
    replies.push(reply);
  }
  return replies;
}

it("B61: 5/1m: the sixth is told to wait, without a byte of the value, and on record", async () => {
  await withRule({ uids: [OWN_UID], rate: MINUTE }, async () => {
    expect(await fetch(5)).toEqual(times(5, "ok"));
    using connection = await agent().connect();
    const sixth = await connection.request(get);
    expect(limited(sixth)).toBe(true);
    expect(sixth.bytes.includes(SECRET.value)).toBe(false);
    expect(agent().sandbox.auditRecords().at(-1)).toMatchObject({ verb: "get", result: "rate-limited" });
  });
});

it("B61: the command line says so with exit status 11, and how long to wait", async () => {
  await withRule({ uids: [OWN_UID], rate: { ...MINUTE, count: 1 } }, async () => {
    expect((await agent().sandbox.ok(["get", SECRET.name])).stdout.toString()).toBe(SECRET.value);
    const refused = await agent().sandbox.agent(["get", SECRET.name]);
    expect(refused).toMatchObject({ status: 11, stdout: Buffer.alloc(0) });
    expect(refused.stderr).toMatch(/try again in ([1-5]?\d|60) s/);
  });
});

it("B61: of 100 fetches at once exactly five succeed", async () => {
  await withRule({ uids: [OWN_UID], rate: MINUTE }, async () => {
    const replies = await fetchAtOnce();
    expect(replies).toHaveLength(CONNECTIONS * REQUESTS_EACH);
    const given = replies.filter(({ payload }) => payload.toString() === SECRET.value);
    expect(given).toHaveLength(MINUTE.count);
    expect(replies.filter(limited)).toHaveLength(replies.length - MINUTE.count);
  });
});

it("B61: another uid has a rate of its own, and no administrator is needed to be told of it", async (context) => {
  needsRoot(context);
  await withRule({ gids: [ALLOWED], rate: MINUTE }, async () => {
    const member = { uid: ALLOWED };
    expect(await fetch(6, member)).toEqual([...times(5, "ok"), "rate-limited"]);
    expect(await fetch(6, { uid: ANOTHER, gid: ALLOWED })).toEqual([...times(5, "ok"), "rate-limited"]);
    using connection = await agent().connect(member);
    expect(limited(await connection.request(get))).toBe(true);
  });
});

it("B61: whoever is denied learns nothing of the rate and uses nothing of it up", async (context) => {
  needsRoot(context);
  await withRule({ uids: [ALLOWED], rate: MINUTE }, async () => {
    expect(await fetch(10, { uid: STRANGER })).toEqual(times(10, "denied"));
    expect(await fetch(6, { uid: ALLOWED })).toEqual([...times(5, "ok"), "rate-limited"]);
    expect(await fetch(2, { uid: STRANGER })).toEqual(times(2, "denied"));
  });
});

it("B61: what is refused does not put off the next fetch, nor bring it nearer", async () => {
  const perMs = 3_000;
  await withRule({ uids: [OWN_UID], rate: { count: 2, perMs } }, async () => {
    const began = performance.now();
    expect(await fetch(2)).toEqual(["ok", "ok"]);
    const answered = performance.now();
    using connection = await agent().connect();
    const codes = new Set<string>();
    while (!codes.has("ok")) {
      await sleep(20);
      codes.add(codeOf(await connection.request(get)));
      expect(performance.now() - answered, "milliseconds until it is let in").toBeLessThan(perMs * 10);
    }
    expect(performance.now() - began).toBeGreaterThanOrEqual(perMs);
    expect([...codes]).toEqual(["rate-limited", "ok"]);
  });
});

it("B61: a lock does not fill it up again", async () => {
  await withRule({ uids: [OWN_UID], rate: MINUTE }, async () => {
    expect(await fetch(5)).toEqual(times(5, "ok"));
    await agent().sandbox.ok(["lock"]);
    expect(await fetch(1)).toEqual(["locked"]);
    await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    expect(await fetch(1)).toEqual(["rate-limited"]);
  });
});

it("B61: what is listed is what may be fetched, if not at once", async () => {
  await withRule({ uids: [OWN_UID], rate: { ...MINUTE, count: 1 } }, async () => {
    expect(await fetch(2)).toEqual(["ok", "rate-limited"]);
    using connection = await agent().connect();
    const listed = await connection.request({ v: 1, id: 1, verb: "list", prefix: "rated" });
    expect(listed.header.get("names")).toEqual([SECRET.name]);
  });
});
