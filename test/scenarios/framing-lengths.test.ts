import { expect, it } from "vitest";
import { residentBytes } from "../support/agent-process.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { frame, type RawConnection, type RawReply } from "../support/raw-connection.ts";
import { hex, outcomeOf, outcomeOfHeader } from "../support/wire-bytes.ts";

const MIB = 1024 * 1024;
const agent = liveAgent();

/** The bytes before a header. */
function prefix(headerLength: number, payloadLength: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(headerLength, 0);
  bytes.writeUInt32BE(payloadLength, 4);
  return bytes;
}

/** The prefix and header of a request that announces a payload, without it. */
function announcing(fields: Readonly<Record<string, string>>, payloadLength: number): Buffer {
  const bytes = frame({ v: 1, id: 5, ...fields });
  bytes.writeUInt32BE(payloadLength, 4);
  return bytes;
}

it("B3: a header of no bytes is a bad frame and ends the connection", async () => {
  expect(await outcomeOf(agent().sandbox.socket, prefix(0, 0))).toMatchObject({
    answer: "bad-frame",
    id: null,
    closed: true,
  });
  await agent().expectAlive();
});

it("B4: a header of 4 GiB is refused on its length, and nothing is allocated for it", async () => {
  const before = residentBytes(agent().pid);
  for (let i = 0; i < 20; i++) {
    const outcome = await outcomeOf(agent().sandbox.socket, prefix(0xffff_ffff, 0));
    expect(outcome).toMatchObject({ answer: "too-large", id: null, closed: true });
  }
  expect(residentBytes(agent().pid) - before).toBeLessThan(8 * MIB);
  await agent().expectAlive();
});

it.each([
  ["a header of 16,385 bytes", prefix(16_385, 0)],
  ["a payload of 1 MiB + 1 byte", prefix(20, MIB + 1)],
  ["a payload of 4 GiB", prefix(20, 0xffff_ffff)],
  ["a payload for a verb that takes none", announcing({ verb: "status" }, 1)],
  ["a payload for a lock", announcing({ verb: "lock" }, 1)],
  ["a passphrase of 1,025 bytes", announcing({ verb: "unlock" }, 1025)],
  ["a token of 1,025 bytes", announcing({ verb: "get", name: "a" }, 1025)],
])("B5: %s is too large before a byte of it is sent", async (_what, bytes) => {
  expect(await outcomeOf(agent().sandbox.socket, bytes)).toMatchObject({ answer: "too-large", closed: true });
  await agent().expectAlive();
});

it("B5: a header of 16,384 bytes and a token of 1,024 bytes are within the limits", async () => {
  const header = Buffer.concat([hex("dc 3f fd"), Buffer.alloc(16_381, 0xc0)]); // an array that fills it
  expect((await outcomeOfHeader(agent().sandbox.socket, header)).answer).toBe("bad-request");
  const withToken = frame({ v: 1, id: 5, verb: "get", name: "probe/alive" }, Buffer.alloc(1024));
  expect((await outcomeOf(agent().sandbox.socket, withToken)).answer).not.toBe("too-large");
});

it("B6: a frame that is split anywhere gets the same answer", async () => {
  using administrator = await agent().administrator();
  await set(administrator, "split", Buffer.from("value"));
  await grant(administrator, "split", { uids: [process.getuid?.() ?? 0] });
  const request = frame({ v: 1, id: 9, verb: "get", name: "split" }, Buffer.from("token"));
  using whole = await agent().connect();
  const expected = await answerTo(whole, [request]);
  using split = await agent().connect();
  using other = await agent().connect();
  for (let at = 1; at < request.length; at++) {
    const answer = await answerTo(split, [request.subarray(0, at), request.subarray(at)], other);
    expect(answer.bytes, `split after ${at} bytes`).toEqual(expected.bytes);
  }
  const single = Array.from(request, (_byte, at) => request.subarray(at, at + 1));
  expect((await answerTo(split, single, other)).bytes, "byte by byte").toEqual(expected.bytes);
});

/** Sends parts one by one. An answer on another connection shows that the agent has read what came before. */
async function answerTo(
  connection: RawConnection,
  parts: readonly Buffer[],
  other?: RawConnection,
): Promise<RawReply> {
  for (const part of parts) {
    connection.send(part);
    await other?.request({ v: 1, id: 1, verb: "status" });
  }
  const reply = await connection.reply();
  if (reply === undefined) throw new Error("closed without a reply");
  return reply;
}

it("B7: two frames in one write get two answers, in order, with their ids", async () => {
  using connection = await agent().connect();
  const two = [
    frame({ v: 1, id: 41, verb: "get", name: "probe/alive" }),
    frame({ v: 1, id: 40, verb: "status" }),
  ];
  connection.send(Buffer.concat(two));
  const replies = [await connection.reply(), await connection.reply()];
  expect(replies.map((reply) => reply?.header.get("id"))).toEqual([41, 40]);
  expect(replies[0]?.payload.toString()).toBe("value of the probe");
  expect(replies[1]?.header.get("state")).toBe("unlocked");
});
