import { afterEach, describe, expect, it, vi } from "vitest";
import { connect } from "./connect.ts";
import { FakeAgent, reply, value } from "./test-support/fake-agent.ts";
import { rejection } from "./test-support/rejection.ts";

afterEach(() => void vi.restoreAllMocks());

describe("what is left in memory", () => {
  /** Every buffer that is allocated outside of Node's pool, but for what msgpackr writes headers into. */
  const allocations = (): (() => Buffer[]) => {
    // Zeros to begin with: fresh memory may hold what this very test has freed elsewhere.
    const spy = vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((size) => Buffer.alloc(size));
    const all = (): Buffer[] => spy.mock.results.map((result) => result.value as Buffer);
    return () => all().filter((buffer) => buffer.length !== 8_192);
  };

  it("B73: after dispose and close, nothing of the value", async () => {
    const allocated = allocations();
    await using agent = await FakeAgent.start(({ id }) => value(id, "canary-hunter2"));
    const client = await connect({ socket: agent.socket });
    const secret = await client.get("a");
    const { bytes } = secret;
    expect(allocated().filter((buffer) => buffer.includes("canary"))).toEqual([bytes]);
    secret.dispose();
    client.close();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(allocated().some((buffer) => buffer.includes("canary"))).toBe(false);
    expect(allocated().length).toBe(3); // scratch, read buffer, value
  });

  it.each<[string, (id: number) => Buffer, (client: { close(): void }, abort: AbortController) => void]>([
    ["a close", (id) => value(id, "canary-hunter2").subarray(0, -1), (client) => client.close()],
    ["an abort", (id) => value(id, "canary-hunter2").subarray(0, -1), (_client, abort) => abort.abort()],
    [
      "a bad reply behind it",
      (id) => Buffer.concat([value(id, "canary-1"), Buffer.alloc(8)]),
      () => undefined,
    ],
  ])("B73: nothing of a value cut off by %s", async (_how, answer, interrupt) => {
    const allocated = allocations();
    await using agent = await FakeAgent.start(({ id }) => answer(id));
    using client = await connect({ socket: agent.socket });
    const abort = new AbortController();
    const pending = client.get("a", { signal: abort.signal }).then((secret) => secret.dispose(), () => undefined); // prettier-ignore
    await vi.waitFor(() => expect(allocated().length).toBeGreaterThan(2));
    interrupt(client, abort);
    await pending;
    expect(allocated().some((buffer) => buffer.includes("canary"))).toBe(false);
  });

  it("B73: nothing of a value cut off by a timeout or by the end of the agent", async () => {
    const allocated = allocations();
    await using agent = await FakeAgent.start(({ id, header }, peer) => {
      const part = value(id, "canary-hunter2").subarray(0, -1);
      if (header.get("name") === "slow") return part;
      peer.end(part);
      return undefined;
    });
    for (const name of ["slow", "dead"]) {
      using client = await connect({ socket: agent.socket });
      await rejection(client.get(name, { timeoutMs: 200 }));
    }
    expect(allocated().length).toBe(6);
    expect(allocated().some((buffer) => buffer.includes("canary"))).toBe(false);
  });

  it("the payload of a request is written from where it lies", async () => {
    await using agent = await FakeAgent.start(({ id }) => reply(id, { slot: "0f" }));
    using client = await connect({ socket: agent.socket });
    const concat = vi.spyOn(Buffer, "concat");
    const allocated = allocations();
    const payload = new Uint8Array(Buffer.from("canary-passphrase"));
    const sent = client.request("auth", {}, { payload });
    expect(concat).not.toHaveBeenCalled();
    await sent;
    expect(allocated().some((buffer) => buffer.includes("canary"))).toBe(false);
  });
});
