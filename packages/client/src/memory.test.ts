import { afterAll, describe, expect, it, vi } from "vitest";
import { connect } from "./connect.ts";
import { FakeAgent, reply, value } from "./test-support/fake-agent.ts";
import { rejection } from "./test-support/rejection.ts";

const CANARY = "canary-hunter2";

/** Every buffer that was allocated outside of Node's pool in this file: what is read into, and what values lie in. */
const allocated = vi.hoisted((): Buffer[] => []);
vi.mock("./secret-buffer.ts", async (original) => {
  const actual = await original<typeof import("./secret-buffer.ts")>();
  const secretBuffer = (length: number): Buffer => {
    const buffer = actual.secretBuffer(length);
    allocated.push(buffer);
    return buffer;
  };
  return { ...actual, secretBuffer };
});
const spy = vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((size) => {
  const buffer = Buffer.alloc(size); // zeros: fresh memory may hold what this very test has freed elsewhere
  allocated.push(buffer);
  return buffer;
});
afterAll(() => spy.mockRestore());

const holding = (text: string): Buffer[] => allocated.filter((buffer) => buffer.includes(text));

describe("what is left in memory", () => {
  it("B73: after dispose and close, nothing of the value", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, CANARY));
    const client = await connect({ socket: agent.socket });
    const secret = await client.get("a");
    const { bytes } = secret;
    expect(allocated.length).toBeGreaterThan(2); // to read into, for headers in pieces, for the value
    expect(holding("canary")).toEqual([bytes]);
    secret.dispose();
    client.close();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(holding("canary")).toEqual([]);
  });

  it.each<[string, (client: { close(): void }, abort: AbortController) => void]>([
    ["a close", (client) => client.close()],
    ["an abort", (_client, abort) => abort.abort()],
  ])("B73: nothing of a value cut off by %s", async (_how, interrupt) => {
    await using agent = await FakeAgent.start(({ id }) => value(id, CANARY).subarray(0, -1));
    using client = await connect({ socket: agent.socket });
    const abort = new AbortController();
    const pending = rejection(client.get("a", { signal: abort.signal }));
    await expect.poll(() => holding("canary").length).toBe(1); // the part that has arrived
    interrupt(client, abort);
    await pending;
    expect(holding("canary")).toEqual([]);
  });

  it("B73: nothing of a value cut off by a timeout", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, CANARY).subarray(0, -1));
    using client = await connect({ socket: agent.socket });
    const pending = rejection(client.get("a", { timeoutMs: 300 }));
    await expect.poll(() => holding("canary").length).toBe(1);
    expect((await pending).code).toBe("timeout");
    expect(holding("canary")).toEqual([]);
  });

  it("B73: nothing of a value cut off by the end of the agent", async () => {
    await using agent = await FakeAgent.start(({ id }, peer) => {
      peer.write(value(id, CANARY).subarray(0, -1));
      setTimeout(() => peer.destroy(), 100);
      return undefined;
    });
    using client = await connect({ socket: agent.socket });
    const pending = rejection(client.get("a"));
    await expect.poll(() => holding("canary").length).toBe(1);
    expect((await pending).code).toBe("unreachable");
    expect(holding("canary")).toEqual([]);
  });

  it("B73: nothing of what stands in a malformed reply, nor of a header in pieces", async () => {
    await using agent = await FakeAgent.start((_request, peer) => {
      peer.write(Buffer.from(`\0\0\0\u0020\0\0\0\0${CANARY}`));
      setTimeout(() => peer.write(Buffer.from(CANARY.repeat(3))), 100);
      return undefined;
    });
    using client = await connect({ socket: agent.socket });
    const pending = rejection(client.get("a"));
    await expect.poll(() => holding("canary").length).toBe(1); // gathered, until the header is whole
    expect((await pending).code).toBe("bad-reply");
    expect(holding("canary")).toEqual([]);
  });

  it("the payload of a request is written from where it lies", async () => {
    await using agent = await FakeAgent.start(({ id }) => reply(id, { slot: "0f" }));
    using client = await connect({ socket: agent.socket });
    const concat = vi.spyOn(Buffer, "concat");
    const payload = new Uint8Array(Buffer.from(CANARY));
    const sent = client.request("auth", {}, { payload });
    expect(concat).not.toHaveBeenCalled();
    concat.mockRestore();
    await sent;
    expect(holding("canary")).toEqual([]);
  });

  it("connections at the same time read into buffers of their own, later ones into those again", async () => {
    await using agent = await FakeAgent.start(({ id, header }, peer) => {
      const version = Number(header.get("name"));
      const whole = reply(id, { version, attributes: {} }, Buffer.from(CANARY));
      peer.write(whole.subarray(0, -CANARY.length - 1)); // not even the header is whole
      setTimeout(() => peer.write(whole.subarray(-CANARY.length - 1)), 50);
      return undefined;
    });
    const before = allocated.length;
    for (let turn = 0; turn < 3; turn++) {
      const clients = await Promise.all([1, 2, 3].map(() => connect({ socket: agent.socket })));
      const secrets = await Promise.all(clients.map((client, index) => client.get(String(index + 1))));
      expect(secrets.map((secret) => secret.version)).toEqual([1, 2, 3]);
      for (const one of [...secrets, ...clients]) one[Symbol.dispose]();
    }
    const large = allocated.slice(before).filter((buffer) => buffer.length > CANARY.length);
    expect(large.length).toBeLessThanOrEqual(6);
    expect(holding("canary")).toEqual([]);
  });
});
