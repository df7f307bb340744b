import { describe, expect, it } from "vitest";
import { getSecret, withSecret } from "./jobs.ts";
import { failure, FakeAgent, reply, value } from "./test-support/fake-agent.ts";
import { rejection } from "./test-support/rejection.ts";

describe("getSecret", () => {
  it("connects, fetches and closes: one request on one connection", async () => {
    let connections = 0;
    await using agent = await FakeAgent.start({
      greet: () => (connections += 1),
      answer: ({ id }) => value(id, "hunter2"),
    });
    using secret = await getSecret("db/password", { socket: agent.socket, token: Buffer.from("token") });
    expect(secret.utf8()).toBe("hunter2");
    await expect.poll(() => agent.peers.size).toBe(0);
    expect([connections, agent.received.length]).toEqual([1, 1]);
    expect(agent.received[0]?.payload.toString()).toBe("token");
  });

  it("B28: refuses what is no name before it looks for an agent", async () => {
    expect((await rejection(getSecret("A", { socket: "/nowhere", waitMs: 60_000 }))).code).toBe(
      "bad-request",
    );
  });

  it.each(["denied", "locked", "uninitialised", "rate-limited", "busy"])(
    "rejects with `%s` at once",
    async (code) => {
      await using agent = await FakeAgent.start(({ id }) => failure(id, code));
      expect((await rejection(getSecret("a", { socket: agent.socket }))).code).toBe(code);
      expect(agent.received.length).toBe(1);
    },
  );

  it("waits for the unlock when it is told how long", async () => {
    let unlocked = false;
    await using agent = await FakeAgent.start(({ id, verb }) => {
      if (verb === "get") return unlocked ? value(id, "hunter2") : failure(id, "locked");
      unlocked = true;
      return reply(id, { state: "unlocked" });
    });
    using secret = await getSecret("a", { socket: agent.socket, waitMs: 10_000 });
    expect(secret.utf8()).toBe("hunter2");
    expect(agent.received.map((one) => one.verb)).toEqual(["get", "wait", "get"]);
  });

  it("tries again while the agent has no room", async () => {
    let turn = 0;
    const greet = (peer: { end(bytes: Buffer): unknown }): unknown =>
      turn++ < 2 && peer.end(failure(null, "busy"));
    await using agent = await FakeAgent.start({
      greet: (peer) => void greet(peer),
      answer: ({ id, verb }, peer) => {
        if (peer.writableEnded) return undefined;
        return verb === "get" ? value(id, "hunter2") : reply(id, { state: "unlocked" });
      },
    });
    using secret = await getSecret("a", { socket: agent.socket, waitMs: 10_000 });
    expect(secret.utf8()).toBe("hunter2");
    expect(turn).toBeGreaterThan(2);
  });

  it("rejects with the last thing seen when the time is over", async () => {
    await using agent = await FakeAgent.start(({ id, verb }) =>
      verb === "get" ? failure(id, "locked") : reply(id, { state: "locked" }),
    );
    const started = performance.now();
    expect((await rejection(getSecret("a", { socket: agent.socket, waitMs: 300 }))).code).toBe("locked");
    expect((await rejection(getSecret("a", { socket: `${agent.socket}.none`, waitMs: 300 }))).code).toBe(
      "unreachable",
    );
    expect(performance.now() - started).toBeGreaterThan(580);
  });

  it("does not wait for a permission", async () => {
    await using agent = await FakeAgent.start(({ id }) => failure(id, "denied"));
    expect((await rejection(getSecret("a", { socket: agent.socket, waitMs: 60_000 }))).code).toBe("denied");
    expect(agent.received.length).toBe(1);
  });

  it("`timeoutMs` is for connection and answer together", async () => {
    await using agent = await FakeAgent.start();
    const started = performance.now();
    expect((await rejection(getSecret("a", { socket: agent.socket, timeoutMs: 200 }))).code).toBe("timeout");
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});

describe("withSecret", () => {
  it("gives the secret for the call only, and passes on the result", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, "hunter2"));
    let bytes: Buffer = Buffer.alloc(0);
    const result = await withSecret(
      "a",
      async (secret) => {
        bytes = secret.bytes;
        await Promise.resolve();
        return secret.utf8();
      },
      { socket: agent.socket },
    );
    expect(result).toBe("hunter2");
    expect(bytes).toEqual(Buffer.alloc(7));
  });

  it("B73: wipes the secret when the call fails", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, "hunter2"));
    let bytes: Buffer = Buffer.alloc(0);
    const use = (secret: { bytes: Buffer }): never => {
      bytes = secret.bytes;
      throw new Error("login failed");
    };
    await expect(withSecret("a", use, { socket: agent.socket })).rejects.toThrow("login failed");
    expect(bytes).toEqual(Buffer.alloc(7));
  });
});
