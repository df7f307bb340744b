import { expect, it } from "vitest";
import { residentBytes } from "../support/agent-process.ts";
import { liveAgent } from "../support/live-agent.ts";
import {
  BAD_FRAME,
  type Bytes,
  containing,
  forEach,
  getHeader,
  hex,
  type Outcome,
  outcomeOfHeader,
  str,
} from "../support/wire-bytes.ts";

const MIB = 1024 * 1024;
/** 50 ms on an idle machine. */
const AT_ONCE_MS = 1_000;
const agent = liveAgent();

const outcome = (header: Bytes): Promise<Outcome> => outcomeOfHeader(agent().sandbox.socket, header);

const repeated = (byte: number, count: number): Buffer => Buffer.alloc(count, byte);

it("B9: a byte too many is a bad frame, and nothing of the frame comes back or goes into the log", async () => {
  const canary = "canary-of-frame";
  const { bytes, ...rest } = await outcome(Buffer.concat([getHeader(canary), hex("00")]));
  expect(rest).toMatchObject(BAD_FRAME);
  expect(bytes.includes("canary")).toBe(false);
  await agent().expectAlive(); // by now the agent would have logged it
  expect(agent().sandbox.log()).not.toContain("canary");
  expect(JSON.stringify(agent().sandbox.auditRecords())).not.toContain("canary");
});

it.each([
  ["a map without its last value", Buffer.concat([hex("82 a1 76 01 a2 69 64")])],
  ["a string that ends early", hex("81 a1 78 a5 61 62")],
  ["a string of 4 GiB", hex("81 a1 78 db ff ff ff ff 61")],
  ["binary that ends early", hex("81 a1 78 c4 10 00")],
  ["binary of 4 GiB", hex("81 a1 78 c6 ff ff ff ff 00")],
  ["an integer that ends early", hex("81 a1 78 cf 00 00")],
  ["an array16 longer than the frame", hex("81 a1 78 dc ff ff c0")],
  ["an array32 longer than the frame", hex("81 a1 78 dd ff ff ff ff c0")],
  ["a map16 longer than the frame", hex("de ff ff a1 78 c0")],
  ["a map32 longer than the frame", hex("df ff ff ff ff a1 78 c0")],
])("B10: %s is a bad frame, at once", async (_what, header) => {
  const began = performance.now();
  expect(await outcome(header)).toMatchObject(BAD_FRAME);
  expect(performance.now() - began).toBeLessThan(AT_ONCE_MS);
  await agent().expectAlive();
});

it("B11: thousands of nested arrays are a bad frame, and too large above the limit of a header", async () => {
  expect(await outcome(repeated(0x91, 16_384))).toMatchObject(BAD_FRAME);
  expect(await outcome(Buffer.concat([repeated(0x91, 16_383), hex("c0")]))).toMatchObject(BAD_FRAME);
  expect(await outcome(repeated(0x91, 60_000))).toMatchObject({ answer: "too-large", closed: true });
  await agent().expectAlive();
});

it("B11: depth 9 is a bad frame, depth 8 is read and then a bad request", async () => {
  const nested = (depth: number): Buffer => Buffer.concat([repeated(0x91, depth - 1), hex("90")]);
  expect(await outcome(containing(nested(8)))).toMatchObject(BAD_FRAME);
  expect(await outcome(containing(nested(7)))).toMatchObject({ answer: "bad-request", closed: false });
});

it("B12: an allocation bomb is a bad frame, and no memory goes into it", async () => {
  const bomb = Buffer.concat(Array.from({ length: 40 }, () => hex("dd 01 c9 c3 80")));
  const before = residentBytes(agent().pid);
  for (const header of [bomb, containing(bomb), hex("df 01 c9 c3 80"), containing(hex("db 01 c9 c3 80"))])
    for (let i = 0; i < 20; i++) expect(await outcome(header)).toMatchObject(BAD_FRAME);
  expect(residentBytes(agent().pid) - before).toBeLessThan(16 * MIB);
  await agent().expectAlive();
});

it("B13: every ext type in every form is a bad frame, also those that a library would act on", async () => {
  const any = Array.from({ length: 256 }, (_, type) => [
    Buffer.from([0xd4, type, 0x01]),
    Buffer.from([0xc7, 2, type, 0x91, 0x01]),
    Buffer.from([0xc9, 0, 0, 0, 2, type, 0x91, 0x01]),
  ]).flat();
  const special = [
    Buffer.concat([hex("d4 72 40"), hex("91 a1 78"), hex("01")]), // a record and its first use
    Buffer.concat([hex("c7 0a 78"), str("(a+)+$"), str("g")]), // a regular expression
    Buffer.concat([hex("c8 3a 98 42"), repeated(0xff, 15_000)]), // a bigint of 15,000 bytes
    hex("d6 69 00 00 00 01"),
    hex("d6 70 00 00 00 01"), // a reference to something that was defined before
    hex("d6 62 00 00 00 04"), // bundled strings
    hex("d6 ff 65 00 00 00"), // a date
    hex("c7 0c ff 00 00 00 00 7f ff ff ff ff ff ff ff"),
    hex("d8 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
  ];
  await forEach([...any, ...special], async (ext) => {
    const label = ext.subarray(0, 8).toString("hex");
    expect(await outcome(containing(ext)), label).toMatchObject(BAD_FRAME);
  });
  await forEach(special, async (ext) => expect(await outcome(ext)).toMatchObject(BAD_FRAME));
  await agent().expectAlive();
});
