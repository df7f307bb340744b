import { getSecret } from "@sotto/client";
import { expect, it } from "vitest";
import { openDescriptors, settledDescriptors } from "../support/agent-process.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import type { RawConnection } from "../support/raw-connection.ts";

/** The limit of PROTOCOL.md. */
const PER_UID = 32;
const NAME = "line/one";
const VALUE = Buffer.from("value of one who waited");
const STATUS = { v: 1, id: 1, verb: "status" };
const agent = liveAgent();

async function prepare(): Promise<void> {
  using administrator = await agent().administrator();
  await set(administrator, NAME, VALUE);
  await grant(administrator, NAME, { uids: [process.getuid?.() ?? 0] });
}

/** As many connections as one user may have, each served before the next one comes. */
async function fill(): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  for (let i = 0; i < PER_UID; i++) {
    const connection = await agent().connect();
    await connection.request(STATUS);
    connections.push(connection);
  }
  return connections;
}

it("serves jobs that start in the same second, though they are more than may be connected at a time", async () => {
  await prepare();
  const before = await settledDescriptors(agent().pid);
  const jobs = Array.from({ length: 3 * PER_UID }, async () => {
    using secret = await getSecret(NAME, { socket: agent().sandbox.socket });
    return Buffer.from(secret.bytes).equals(VALUE);
  });
  expect(new Set(await Promise.all(jobs))).toEqual(new Set([true]));
  await expect.poll(() => openDescriptors(agent().pid)).toBe(before);
});

it("lets the one who has waited longest in when another of its user ends, and turns away who has waited too long", async () => {
  const connections = await fill();
  const coming = [agent().connect(), agent().connect()] as const;
  connections.pop()?.[Symbol.dispose](); // at once: on a busy machine a pause in between could be too long for both
  using first = await coming[0];
  using second = await coming[1];
  const [one, two] = await Promise.all([first.request(STATUS), second.request(STATUS)]);
  expect([one.header.get("ok"), two.header.get("error")]).toEqual([true, "busy"]);
  await second.untilClosed();
  for (const connection of connections) connection[Symbol.dispose]();
});

it("keeps nothing of those who go while they wait", async () => {
  const before = await settledDescriptors(agent().pid);
  const connections = await fill();
  for (let i = 0; i < 3 * PER_UID; i++) (await agent().connect())[Symbol.dispose]();
  for (const connection of connections) connection[Symbol.dispose]();
  await expect.poll(() => openDescriptors(agent().pid)).toBe(before);
  await agent().expectAlive();
});
