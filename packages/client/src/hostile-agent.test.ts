import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { connect } from "./connect.ts";
import { encodeHeader } from "./protocol/header.ts";
import { Secret } from "./secret.ts";
import { SottoError } from "./sotto-error.ts";
import { frameOf } from "./test-support/bytes.ts";
import { FakeAgent, reply, value } from "./test-support/fake-agent.ts";
import { expectNothingOf, rejection } from "./test-support/rejection.ts";

describe("B21: an agent that answers nonsense", () => {
  const canary = "canary-hunter2";
  const header = (fields: Record<string, unknown>): Buffer => encodeHeader(fields as never);
  const good = { id: 1, ok: true, attributes: { username: canary }, version: 3 };
  const payload = Buffer.from(canary);
  const huge = (digits: string): Buffer => Buffer.from(digits + Buffer.from(canary).toString("hex"), "hex");
  const nonsense: [string, Buffer][] = [
    ["another id", frameOf(header({ ...good, id: 2 }), payload)],
    ["an id of nil with a success", frameOf(header({ ...good, id: null }), payload)],
    ["no id", frameOf(header({ ...good, id: undefined }), payload)],
    ["text", Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${canary}`)],
    ["a header of no bytes", huge("0000000000000000")],
    ["a header of 4 GiB", huge("ffffffff00000000")],
    ["a payload of 4 GiB", huge("00000001ffffffff")],
    ["a payload above 1 MiB", huge("0000000100100001")],
    ["a map cut off", frameOf(header(good).subarray(0, -1), payload)],
    ["a byte too many", frameOf(Buffer.concat([header(good), payload]), payload)],
    ["an ext type", frameOf(Buffer.from("81a178d40000", "hex"), payload)],
    ["a duplicate key", frameOf(Buffer.from("82a2696401a2696401", "hex"), payload)],
    ["a key of a prototype", frameOf(Buffer.from("81a95f5f70726f746f5f5f80", "hex"), payload)],
    ["invalid UTF-8", frameOf(Buffer.from("81a178a1ff", "hex"), payload)],
    ["an array", frameOf(Buffer.from("9101", "hex"), payload)],
    ["no version", frameOf(header({ ...good, version: undefined }), payload)],
    ["a version of text", frameOf(header({ ...good, version: canary }), payload)],
    ["attributes of text", frameOf(header({ ...good, attributes: canary }), payload)],
    [
      "a control character in an attribute",
      frameOf(header({ ...good, attributes: { a: `\u001b${canary}` } }), payload),
    ],
    ["`ok` of text", frameOf(header({ ...good, ok: canary }), payload)],
    ["an unknown code", frameOf(header({ id: 1, ok: false, error: canary }))],
    ["a local code", frameOf(header({ id: 1, ok: false, error: "untrusted" }))],
    ["a failure with a payload", frameOf(header({ id: 1, ok: false, error: "denied" }), payload)],
    [
      "a failure with free text",
      frameOf(header({ id: 1, ok: false, error: "vault-damaged", reason: canary })),
    ],
  ];

  it.each(nonsense)("%s: `bad-reply`, and nothing of it in the error", async (_what, bytes) => {
    await using agent = await FakeAgent.start(() => bytes);
    using client = await connect({ socket: agent.socket });
    const error = await rejection(client.get("a", { timeoutMs: 1_000 }));
    expect([error.code, error.exit]).toEqual(["bad-reply", 1]);
    expectNothingOf(canary, error);
    expect((await rejection(client.get("b"))).code).toBe("bad-reply");
  });

  it.each([
    ["a success", value(1, canary)],
    ["a success for nobody", reply(null, { state: "locked" })],
    ["a failure of a request", frameOf(header({ id: 1, ok: false, error: "busy" }))],
    ["a failure with a payload", frameOf(header({ id: null, ok: false, error: "busy" }), payload)],
  ])("%s before any request", async (_what, bytes) => {
    await using agent = await FakeAgent.start({ greet: (peer) => peer.write(bytes) });
    using client = await connect({ socket: agent.socket });
    await vi.waitFor(() => expect(agent.peers.size).toBe(0)); // the client has heard it, and ended the connection
    const error = await rejection(client.get("a"));
    expect(error.code).toBe("bad-reply");
    expectNothingOf(canary, error);
  });

  it("a payload for a verb whose reply has none", async () => {
    await using agent = await FakeAgent.start(({ id }) => reply(id, {}, payload));
    using client = await connect({ socket: agent.socket });
    expect((await rejection(client.request("lock", {}))).code).toBe("bad-reply");
  });

  it("random changes to a good reply: the value, or a typed error without it", async () => {
    let bytes = Buffer.alloc(0);
    await using agent = await FakeAgent.start((_request, peer) => void peer.end(bytes));
    const whole = frameOf(header(good), payload);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    const outcomes = new Set<string>();
    const property = fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
      bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      using client = await connect({ socket: agent.socket });
      const settled = await client.get("a").catch((error: unknown) => error);
      if (settled instanceof Secret) return void outcomes.add("a value");
      expect(settled).toBeInstanceOf(SottoError);
      expectNothingOf("canary", settled as SottoError);
      outcomes.add((settled as SottoError).code);
    });
    await fc.assert(property, { numRuns: 500 });
    for (const outcome of ["a value", "bad-reply", "unreachable"]) expect(outcomes).toContain(outcome);
  });
});
