import { describe, expect, it } from "vitest";
import { residentBytes } from "../support/agent-process.ts";
import { liveAgent, succeeded } from "../support/live-agent.ts";
import {
  BAD_FRAME,
  type Bytes,
  containing,
  getHeader,
  hex,
  map,
  ONE,
  type Outcome,
  outcomeOfHeader,
  statusHeader,
  str,
} from "../support/wire-bytes.ts";

const MIB = 1024 * 1024;
const agent = liveAgent();

const outcome = (header: Bytes): Promise<Outcome> => outcomeOfHeader(agent().sandbox.socket, header);

/** A bad request is answered, with the id where there is one, and the connection goes on. */
async function expectBadRequest(header: Bytes, id: unknown = 7): Promise<void> {
  const label = Buffer.from(header).toString("latin1");
  expect(await outcome(header), label).toMatchObject({
    answer: "bad-request",
    id,
    closed: false,
    supported: [1],
  });
}

describe("numbers are never coerced", () => {
  it.each([
    ["0xc1, which msgpack does not use", hex("c1")],
    ["NaN", hex("cb 7f f8 00 00 00 00 00 00")],
    ["Infinity", hex("cb 7f f0 00 00 00 00 00 00")],
    ["-Infinity", hex("cb ff f0 00 00 00 00 00 00")],
    ["3.0 as float64", hex("cb 40 08 00 00 00 00 00 00")],
    ["1.0 as float32", hex("ca 3f 80 00 00")],
    ["-0.0", hex("cb 80 00 00 00 00 00 00 00")],
  ])("B14: %s is a bad frame, as an id, a version and a number of a verb", async (_what, value) => {
    expect(await outcome(statusHeader({ id: value }))).toMatchObject(BAD_FRAME);
    expect(await outcome(statusHeader({ v: value }))).toMatchObject(BAD_FRAME);
    expect(await outcome(waiting(value))).toMatchObject(BAD_FRAME);
  });

  it.each([
    ["2^64-1", hex("cf ff ff ff ff ff ff ff ff")],
    ["the smallest int64", hex("d3 80 00 00 00 00 00 00 00")],
    ["true", hex("c3")],
    ["a string of digits", str("1")],
  ])("B14: %s is a bad request, as an id, a version and a number of a verb", async (_what, value) => {
    await expectBadRequest(statusHeader({ id: value }), null);
    expect(await outcome(statusHeader({ v: value }))).toMatchObject({ answer: "bad-request", closed: false });
    expect(await outcome(waiting(value))).toMatchObject({ answer: "bad-request", closed: false });
  });

  const waiting = (timeoutMs: Bytes): Buffer => statusHeader({ verb: str("wait"), timeoutMs });
});

describe("what is well-formed and no request is answered, and the connection goes on", () => {
  it.each([
    ["an array", hex("93 01 02 03")],
    ["a string", str("status")],
    ["an integer", hex("01")],
    ["nil", hex("c0")],
    ["an empty map", hex("80")],
  ])("B15: %s at the top is a bad request", async (_what, header) => {
    await expectBadRequest(header, null);
  });

  it("B15: two maps in one header are a bad frame", async () => {
    expect(await outcome(Buffer.concat([statusHeader(), statusHeader()]))).toMatchObject(BAD_FRAME);
  });

  it.each([
    ["an integer", hex("05")],
    ["binary", hex("c4 01 61")],
    ["nil", hex("c0")],
    ["a boolean", hex("c3")],
    ["a map", hex("81 a1 78 01")],
  ])("B16: %s as a key is a bad request", async (_what, key) => {
    const fields = [
      [str("v"), ONE],
      [str("id"), ONE],
      [str("verb"), str("status")],
    ] as const;
    await expectBadRequest(map(...fields, [key, ONE]), null);
    await expectBadRequest(map([key, ONE], ...fields), null);
    await expectBadRequest(containing(map([key, ONE])), null);
  });

  it("B16: with two verbs neither runs", async () => {
    const before = agent().sandbox.auditRecords().length;
    for (const [first, second] of [
      ["status", "lock"],
      ["lock", "status"],
      ["lock", "lock"],
    ] as const) {
      const header = map(
        [str("v"), ONE],
        [str("id"), ONE],
        [str("verb"), str(first)],
        [hex("d9 04 76 65 72 62"), str(second)], // the same key in a longer form
      );
      await expectBadRequest(header, null);
    }
    await agent().expectAlive();
    const verbs = agent()
      .sandbox.auditRecords()
      .slice(before)
      .map(({ verb }) => verb);
    expect(verbs).not.toContain("lock");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
    "B17: %s is no field, no verb and no name, and changes nothing in the agent",
    async (word) => {
      await expectBadRequest(withKey(word, map([str("x"), str("polluted")])), expect.toBeOneOf([null, 7]));
      await expectBadRequest(statusHeader({ verb: str(word) }));
      await expectBadRequest(getHeader(word));
      await expectBadRequest(getHeader(`a/${word}`));
      await expectUsualStatus();
    },
  );

  /** An object literal would lose `__proto__`. */
  const withKey = (key: string, value: Bytes): Buffer =>
    map([str("v"), ONE], [str("id"), hex("07")], [str("verb"), str("status")], [str(key), value]);

  async function expectUsualStatus(): Promise<void> {
    using connection = await agent().connect();
    const { header } = await connection.request({ v: 1, id: 1, verb: "status" });
    expect(header.get("state")).toBe("unlocked");
    expect([...header.keys()]).not.toContain("x");
    await agent().expectAlive();
  }

  it("B17: no attribute reaches a prototype: two words are refused, the others are data like any", async () => {
    for (const word of ["__proto__", "constructor"])
      await expectBadRequest(settingAttributes(map([str(word), str("x")])), null);
    const words = { toString: "a", hasOwnProperty: "b", valueOf: "c" };
    using administrator = await agent().administrator();
    succeeded(
      await administrator.request({ v: 1, id: 1, verb: "set", name: "words", attributes: words }, ONE),
    );
    const reply = await administrator.request({ v: 1, id: 2, verb: "get", name: "words", admin: true });
    expect(reply.header.get("attributes")).toEqual(new Map(Object.entries(words)));
    await expectUsualStatus();
  });

  const settingAttributes = (attributes: Bytes): Buffer =>
    statusHeader({ verb: str("set"), name: str("words"), attributes });

  it("B18: a field that the verb does not have is a bad request", async () => {
    await expectBadRequest(statusHeader({ name: str("a") }));
    await expectBadRequest(statusHeader({ verb: str("get"), name: str("probe/alive"), nmae: str("a") }));
    await expectBadRequest(statusHeader({ verb: str("Status") }));
    await expectBadRequest(statusHeader({ verb: str("status ") }));
    await expectBadRequest(statusHeader({ verb: undefined }));
  });

  it.each([
    ["0", hex("00"), "unsupported-version"],
    ["2", hex("02"), "unsupported-version"],
    ["999", hex("cd 03 e7"), "unsupported-version"],
    ["-1", hex("ff"), "unsupported-version"],
    ["a string", str("1"), "bad-request"],
    ["nil", hex("c0"), "bad-request"],
    ["missing", undefined, "bad-request"],
  ])("B18: version %s is refused, and the answer names those that are spoken", async (_what, v, answer) => {
    expect(await outcome(statusHeader({ v }))).toMatchObject({
      answer,
      id: 7,
      supported: [1],
      closed: false,
    });
  });

  it.each([
    ["0xff", hex("61 ff 62")],
    ["an overlong slash", hex("61 c0 af 62")],
    ["a surrogate", hex("61 ed a0 80 62")],
    ["a sequence of 4 bytes that ends early", hex("61 f0 9f 92")],
    ["a lone continuation", hex("61 80 62")],
    ["beyond U+10FFFF", hex("61 f4 90 80 80")],
  ])("B19: %s in a name is a bad request, never replaced", async (_what, name) => {
    const { bytes, ...rest } = await outcome(getHeader(name));
    expect(rest).toMatchObject({ answer: "bad-request", closed: false });
    expect(bytes.includes("\ufffd")).toBe(false);
    await expectBadRequest(containing(str(name)), null);
    expect(JSON.stringify(agent().sandbox.auditRecords())).not.toContain("\ufffd");
  });
});

it("B27: keys that are never the same leave nothing behind in the agent", async () => {
  using connection = await agent().connect();
  const keys = Array.from({ length: 2_000 }, (_, i) => `k${i}`.padEnd(20 + (i % 200), "x"));
  const before = residentBytes(agent().pid);
  for (const key of keys) {
    const reply = await connection.request({ v: 1, id: 1, verb: "status", [key]: key.repeat(20) });
    expect(reply.header.get("error")).toBe("bad-request");
  }
  expect(residentBytes(agent().pid) - before).toBeLessThan(16 * MIB);
  expect((await outcome(statusHeader())).answer).toBe("ok");
});
