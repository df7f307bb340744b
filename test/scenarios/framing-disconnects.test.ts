import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, it } from "vitest";
import { openDescriptors } from "../support/agent-process.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { frame, type RawConnection } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";
import { forEach } from "../support/wire-bytes.ts";

const TIMES = 500;
/** The limit of PROTOCOL.md. */
const PER_UID = 32;
/** More than the kernel keeps for a client that does not read. */
const LARGE = 300 * 1024;
const agent = liveAgent({ shared: true });

const getLarge = { v: 1, id: 1, verb: "get", name: "load/large" };
const fetchLarge = frame(getLarge);
const storeLarge = frame({ v: 1, id: 1, verb: "set", name: "load/half" }, Buffer.alloc(100_000));

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "load/large", Buffer.alloc(LARGE, "x"));
  await grant(administrator, "load/**", { uids: [process.getuid?.() ?? 0] }, ["get", "set"]);
});

/** An answer on another connection shows that the agent has taken in what was sent before. */
async function untilTaken(): Promise<void> {
  using connection = await agent().connect();
  await connection.request({ v: 1, id: 1, verb: "status" });
}

/** What a client does before it goes: nothing, half a request, with the answer not begun, half read, or read. */
const PARTINGS: readonly ((connection: RawConnection) => unknown)[] = [
  () => undefined,
  (connection) => connection.send(fetchLarge.subarray(0, 5)),
  (connection) => connection.send(fetchLarge),
  (connection) => connection.socket.end(fetchLarge), // half-close: it may still read
  (connection) => connection.send(Buffer.concat([fetchLarge, fetchLarge, fetchLarge.subarray(0, 9)])),
  (connection) => connection.send(storeLarge.subarray(0, 60_000)),
  (connection) => {
    connection.socket.pause();
    connection.send(fetchLarge);
    return untilTaken();
  },
  (connection) => {
    connection.send(fetchLarge);
    return once(connection.socket, "data");
  },
  async (connection) => expect((await connection.request(getLarge)).payload.length).toBe(LARGE),
  (connection) => connection.send(Buffer.from("not a frame at all")),
];

it("B22: clients that go at any moment leave nothing behind, and nobody else notices", async () => {
  const before = openDescriptors(agent().pid);
  await forEach(Array(TIMES).keys(), async (i) => {
    using connection = await agent().connect();
    await PARTINGS[i % PARTINGS.length]?.(connection);
    if (i % 50 === 0) await agent().expectAlive();
  });
  await agent().expectAlive();
  await expectNoMoreDescriptors(before);
  expect(agent().sandbox.log()).not.toMatch(/"level":(?:50|60)/);
});

it.each([
  ["a fetch, whose answer waits for its reader", fetchLarge, LARGE],
  ["a change, which takes a while", storeLarge, 0],
])("B22: a client that shuts its side down after %s still gets the answer, then the end", async (...row) => {
  const [, request, payload] = row;
  using connection = await agent().connect();
  connection.socket.end(request);
  const reply = await connection.reply();
  expect(reply?.header.get("ok")).toBe(true);
  expect(reply?.payload).toHaveLength(payload);
  await connection.untilClosed();
});

it("B22: clients that are killed leave nothing behind", async () => {
  const before = openDescriptors(agent().pid);
  for (let round = 0; round < 5; round++) {
    await killedInTheMiddle();
    await agent().expectAlive();
  }
  await expectNoMoreDescriptors(before);
});

/** Only root can look; the rest of these tests is for everyone. */
async function expectNoMoreDescriptors(before: number | undefined): Promise<void> {
  if (before === undefined) return;
  await expect.poll(() => openDescriptors(agent().pid), { timeout: 5_000 }).toBeLessThanOrEqual(before);
}

/** A process that asks on 24 connections and reads nothing, killed once the agent has begun to answer all of them. */
async function killedInTheMiddle(): Promise<void> {
  const script = `
    const [, socket, request] = process.argv;
    for (let i = 0; i < 24; i++) {
      const connection = require("node:net").connect(socket);
      connection.pause();
      connection.write(Buffer.from(request, "hex"), () => console.log("sent"));
    }
    setInterval(() => undefined, 1_000);`;
  const args = ["-e", script, agent().sandbox.socket, fetchLarge.toString("hex")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env: {} });
  const exit = once(child, "exit");
  await new Promise<void>((resolve) => {
    let lines = 0;
    child.stdout.on("data", (part: Buffer) => {
      lines += part.filter((byte) => byte === 0x0a).length;
      if (lines === 24) resolve();
    });
  });
  await untilTaken();
  child.kill("SIGKILL");
  expect((await exit)[1]).toBe("SIGKILL");
}

it("B23: of 300 connections of one user those above the limit are refused; others are served", async (context) => {
  needsRoot(context);
  const greedy = { uid: 64_160 };
  const connections = await Promise.all(Array.from({ length: 300 }, () => agent().connect(greedy)));
  try {
    await agent().expectAlive();
    const refused = connections.slice(PER_UID);
    for (const connection of refused) {
      expect((await connection.reply())?.header.get("error")).toBe("busy");
      await connection.untilClosed();
    }
    for (const connection of connections.slice(0, PER_UID))
      expect((await connection.request({ v: 1, id: 1, verb: "status" })).header.get("ok")).toBe(true);
    await agent().expectAlive();
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
  await expect.poll(() => servesAgain(greedy)).toBe(true);
});

async function servesAgain(user: { readonly uid: number }): Promise<boolean> {
  using connection = await agent().connect(user);
  return (await connection.request({ v: 1, id: 1, verb: "status" })).header.get("ok") === true;
}
