/** A rule for one fetch is used up before anything is given out: whatever happens then, it is for no second one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { HeaderFields } from "@sotto/client/protocol";
import { expect, it } from "vitest";
import type { Credentials } from "../support/as-user.ts";
import { codeOf } from "../support/asker.ts";
import { grant, LiveAgent, liveAgent, set, succeeded } from "../support/live-agent.ts";
import { isRunning } from "../support/processes.ts";
import { frame, type RawConnection, type RawReply } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const OWN_UID = process.getuid?.() ?? 0;
const VALUE = "once and never again";
const CLIENTS = 50;
const GROUP = 64_174;
const PATIENCE = { timeout: 30_000, interval: 20 };

/** Sends a request, reads nothing, and waits to be killed. */
const SILENT_CLIENT = `
const [, socket, request] = process.argv;
const connection = require("node:net").connect(socket).pause();
connection.write(Buffer.from(request, "hex"));
setInterval(() => undefined, 1000);
`;

const agent = liveAgent({ shared: true });
const get = (name: string): HeaderFields => ({ v: 1, id: 1, verb: "get", name });

/** A secret and a rule for one fetch of it; returns the rule. */
async function prepare(on: LiveAgent, name: string, identity: HeaderFields): Promise<string> {
  using administrator = await on.administrator();
  await set(administrator, name, Buffer.from(VALUE));
  return await grant(administrator, name, { ...identity, once: true });
}

async function fetch(on: LiveAgent, name: string): Promise<string> {
  using connection = await on.connect();
  return codeOf(await connection.request(get(name)));
}

/** When the rule was used up; undefined while it was not. */
async function usedAt(rule: string): Promise<unknown> {
  using administrator = await agent().administrator();
  const reply = succeeded(await administrator.request({ v: 1, id: 1, verb: "rules" }));
  const rules = reply.header.get("rules") as ReadonlyMap<string, unknown>[];
  return rules.find((one) => one.get("id") === rule)?.get("used");
}

const allowedOnRecord = (name: string): number =>
  agent()
    .sandbox.auditRecords()
    .filter((record) => record["verb"] === "get" && record["name"] === name && record["result"] === "allowed")
    .length;

/** Sends a fetch on each connection in the same turn, and returns all replies. */
async function fetchAtOnce(name: string, connections: readonly RawConnection[]): Promise<RawReply[]> {
  for (const connection of connections) connection.send(frame(get(name)));
  return Promise.all(
    connections.map(async (connection) => {
      const reply = await connection.reply();
      if (reply === undefined) throw new Error("closed without a reply");
      return reply;
    }),
  );
}

/** One connection for each of these clients; undefined: for the user of the tests. */
async function withConnections(
  clients: readonly (Credentials | undefined)[],
  action: (connections: readonly RawConnection[]) => Promise<void>,
): Promise<void> {
  const connections: RawConnection[] = [];
  try {
    for (const client of clients) connections.push(await agent().connect(client));
    await action(connections);
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
}

const expectDenied = (replies: readonly RawReply[]): void => {
  expect(new Set(replies.map(codeOf))).toEqual(new Set(["denied"]));
};

function expectOneOf(replies: readonly RawReply[], name: string): void {
  expect(replies.filter(({ payload }) => payload.toString() === VALUE)).toHaveLength(1);
  expect(replies.filter((reply) => codeOf(reply) === "denied")).toHaveLength(replies.length - 1);
  expect(allowedOnRecord(name)).toBe(1);
}

it(`B62: of ${String(CLIENTS)} clients at once exactly one gets it, whoever they are`, async (context) => {
  needsRoot(context); // one uid may hold 32 connections
  const rule = await prepare(agent(), "once/many", { gids: [GROUP] });
  const clients = Array.from({ length: CLIENTS }, (_, i) => ({ uid: GROUP + (i % 2), gid: GROUP }));
  await withConnections(clients, async (connections) => {
    expectOneOf(await fetchAtOnce("once/many", connections), "once/many");
    expect(await usedAt(rule)).toBeTypeOf("number");
    expectDenied(await fetchAtOnce("once/many", connections));
  });
});

it("B62: of 25 connections of one user at once exactly one gets it", async () => {
  const rule = await prepare(agent(), "once/own", { uids: [OWN_UID] });
  const clients = Array.from({ length: CLIENTS / 2 }, () => undefined);
  await withConnections(clients, async (connections) => {
    expect(await usedAt(rule)).toBeUndefined();
    expectOneOf(await fetchAtOnce("once/own", connections), "once/own");
    expect(await usedAt(rule)).toBeTypeOf("number");
    expectDenied(await fetchAtOnce("once/own", connections));
  });
});

it("B62: a client that is killed before it reads the reply has used it up", async () => {
  await prepare(agent(), "once/lost", { uids: [OWN_UID] });
  const request = frame(get("once/lost")).toString("hex");
  const client = spawn(process.execPath, ["-e", SILENT_CLIENT, agent().sandbox.socket, request], {
    stdio: "ignore",
  });
  try {
    await expect.poll(() => allowedOnRecord("once/lost"), PATIENCE).toBe(1);
  } finally {
    client.kill("SIGKILL");
    await once(client, "close");
  }
  expect(await fetch(agent(), "once/lost")).toBe("denied");
});

it("B62: a client that is gone as soon as it has asked has used it up too", async () => {
  const rule = await prepare(agent(), "once/gone", { uids: [OWN_UID] });
  using connection = await agent().connect();
  await new Promise((resolve) => connection.socket.write(frame(get("once/gone")), resolve));
  connection[Symbol.dispose]();
  await expect.poll(async () => usedAt(rule), PATIENCE).toBeTypeOf("number");
  expect(await fetch(agent(), "once/gone")).toBe("denied");
});

it("B62: what is not there, or not for a peer, is not used up by asking", async (context) => {
  needsRoot(context);
  const rule = await prepare(agent(), "once/asked", { uids: [GROUP] });
  expect(await fetch(agent(), "once/asked")).toBe("denied");
  using administrator = await agent().administrator();
  const below = await grant(administrator, "once/below/**", { uids: [OWN_UID], once: true });
  expect(await fetch(agent(), "once/below/missing")).toBe("denied");
  const listed = await administrator.request({ v: 1, id: 1, verb: "list", prefix: "once" });
  expect(listed.header.get("ok")).toBe(true);
  expect([await usedAt(rule), await usedAt(below)]).toEqual([undefined, undefined]);
  await set(administrator, "once/below/there", Buffer.from(VALUE));
  expect(await fetch(agent(), "once/below/there")).toBe("ok");
  expect(await fetch(agent(), "once/below/there")).toBe("denied");
});

it("B62: after the agent is killed and started anew it is still used up", async () => {
  await using own = await LiveAgent.start();
  await prepare(own, "once/killed", { uids: [OWN_UID] });
  {
    using connection = await own.connect();
    const reply = await connection.request(get("once/killed"));
    process.kill(own.pid, "SIGKILL"); // as soon as the value has come
    expect(reply.payload.toString()).toBe(VALUE);
  }
  await expect.poll(() => isRunning(own.pid), PATIENCE).toBe(false);
  await own.sandbox.ok(["start"]);
  await own.sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(await fetch(own, "once/killed")).toBe("denied");
});
