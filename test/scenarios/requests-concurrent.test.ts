import { expect, it } from "vitest";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import { frame, type RawConnection } from "../support/raw-connection.ts";

/** Two answers and their versions: a mixture of them is neither. */
const SIZE = 32 * 1024;
const PATTERNS = [Buffer.alloc(SIZE, "old-"), Buffer.alloc(SIZE, "NEW+")] as const;
/** What B34 goes on for: so many fetches, and as many as it takes to meet so many versions. */
const FETCHES = 2_000;
const VERSIONS = 11;
const READERS = 4;
const agent = liveAgent();

const open = (count: number): Promise<RawConnection[]> =>
  Promise.all(Array.from({ length: count }, () => agent().connect()));

it("B33: of 50 concurrent changes to version 1 exactly one succeeds, the others are conflicts", async () => {
  using administrator = await agent().administrator();
  await grant(administrator, "race/**", { uids: [process.getuid?.() ?? 0] }, ["get", "set"]);
  await set(administrator, "race/value", Buffer.from("version 1"));
  const connections = await open(25);
  // Two on each connection: one user may hold 32 of them.
  const change = (i: number): Buffer =>
    frame({ v: 1, id: i, verb: "set", name: "race/value", ifVersion: 1 }, Buffer.from(`change ${i}`));
  for (const [i, connection] of connections.entries())
    connection.send(Buffer.concat([change(i), change(25 + i)]));
  const replies = await Promise.all(connections.map(async (one) => [await one.reply(), await one.reply()]));
  for (const connection of connections) connection[Symbol.dispose]();

  const winners = replies.flat().filter((reply) => reply?.header.get("ok") === true);
  const losers = replies.flat().filter((reply) => reply?.header.get("error") === "conflict");
  expect([winners.length, losers.length]).toEqual([1, 49]);
  const now = await administrator.request({ v: 1, id: 1, verb: "get", name: "race/value" });
  expect(now.header.get("version")).toBe(2);
  expect(now.payload.toString()).toBe(`change ${String(winners[0]?.header.get("id"))}`);
  const shown = await administrator.request({ v: 1, id: 1, verb: "show", name: "race/value" });
  expect(shown.header.get("totalVersions")).toBe(2);
});

it("B34: during changes, saves and new rules a fetch gets the whole old or the whole new value", async () => {
  using writer = await agent().administrator();
  await grant(writer, "mixed/**", { uids: [process.getuid?.() ?? 0] });
  let version = await set(writer, "mixed/value", PATTERNS[1]); // version 1 is odd, as the index
  const readers = await open(READERS);
  let fetches = 0;
  const seen = new Set<number>();
  const isEnough = (): boolean => fetches >= FETCHES && seen.size >= VERSIONS;
  const read = async (reader: RawConnection): Promise<void> => {
    for (; !isEnough(); fetches++) seen.add(await fetchWhole(reader));
  };
  const write = async (): Promise<void> => {
    while (!isEnough()) version = await changeOnce(writer, version);
  };
  // A disk that saves slowly makes this longer; versions that are never met end it by the test's timeout.
  await Promise.all([write(), ...readers.map(read)]);
  for (const reader of readers) reader[Symbol.dispose]();
  await agent().expectAlive();
});

/** Replaces the value by the other pattern, removes the versions before it, and makes and revokes a rule. */
async function changeOnce(writer: RawConnection, version: number): Promise<number> {
  const next = await set(writer, "mixed/value", PATTERNS[(version + 1) % 2] ?? Buffer.alloc(0));
  expect(next).toBe(version + 1);
  const rule = await grant(writer, "mixed/value", { uids: [1] });
  succeeded(await writer.request({ v: 1, id: 1, verb: "prune", name: "mixed/value", keep: 1 }));
  succeeded(await writer.request({ v: 1, id: 1, verb: "revoke", rule }));
  return next;
}

/** Fetches the value, which must be the whole pattern of its version. Returns the version. */
async function fetchWhole(reader: RawConnection): Promise<number> {
  const reply = succeeded(await reader.request({ v: 1, id: 1, verb: "get", name: "mixed/value" }));
  const version = reply.header.get("version") as number;
  expect(reply.payload.equals(PATTERNS[version % 2] ?? Buffer.alloc(0)), `version ${version}`).toBe(true);
  return version;
}

it("B34: an answer that is read slowly stays the old value while it is replaced and removed", async () => {
  using writer = await agent().administrator();
  const old = Buffer.alloc(1024 * 1024, "old-");
  await set(writer, "slow/value", old);
  await grant(writer, "slow/value", { uids: [process.getuid?.() ?? 0] });
  using reader = await agent().connect();
  const began = new Promise((resolve) => reader.socket.once("data", resolve));
  reader.send(frame({ v: 1, id: 1, verb: "get", name: "slow/value" }));
  await began;
  reader.socket.pause(); // 1 MiB is more than the kernel keeps: the rest is still to be unsealed
  await set(writer, "slow/value", Buffer.alloc(1024 * 1024, "NEW+"));
  succeeded(await writer.request({ v: 1, id: 1, verb: "prune", name: "slow/value", keep: 1 }));
  reader.socket.resume();
  const reply = await reader.reply();
  expect(reply?.header.get("version")).toBe(1);
  expect(reply?.payload.equals(old)).toBe(true);
});
