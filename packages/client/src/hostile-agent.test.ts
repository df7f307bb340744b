import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { Secret } from "./secret.ts";
import { SottoError } from "./sotto-error.ts";
import { frameOf } from "./test-support/bytes.ts";
import { FakeAgent, reply, value } from "./test-support/fake-agent.ts";
import { canary, good, header, NONSENSE, payload } from "./test-support/nonsense.ts";
import { expectNothingOf, rejection } from "./test-support/rejection.ts";

describe("B21: an agent that answers nonsense", () => {
  it.each(NONSENSE)("%s: `bad-reply`, and nothing of it in the error", async (_what, bytes) => {
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
    await expect.poll(() => agent.peers.size).toBe(0); // the client has heard it, and ended the connection
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
