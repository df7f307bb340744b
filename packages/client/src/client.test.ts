import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { MAX_PASSPHRASE_BYTES, MAX_PAYLOAD_BYTES } from "./protocol/limits.ts";
import { failure, FakeAgent, reply, value } from "./test-support/fake-agent.ts";
import { rejection } from "./test-support/rejection.ts";

describe("get", () => {
  it("fetches the bytes, the attributes and the version", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, "hunter2\n\0\u00ff"));
    using client = await connect({ socket: agent.socket });
    using secret = await client.get("db/password");
    expect(secret.bytes).toEqual(Buffer.from("hunter2\n\0\u00ff"));
    expect(secret.name).toBe("db/password");
    expect(secret.attributes["username"]).toBe("report");
    expect(secret.version).toBe(3);
    expect(agent.received.map((one) => one.header)).toEqual([
      new Map<string, unknown>([["v", 1], ["id", 1], ["verb", "get"], ["name", "db/password"]]), // prettier-ignore
    ]);
  });

  it("B31: takes a value of 0 bytes and one of 1 MiB", async () => {
    const large = Buffer.alloc(MAX_PAYLOAD_BYTES, "0123456789abcdef!");
    await using agent = await FakeAgent.start(({ id, header }) =>
      value(id, header.get("name") === "large" ? large : ""),
    );
    using client = await connect({ socket: agent.socket });
    expect((await client.get("large")).bytes.equals(large)).toBe(true);
    expect((await client.get("small")).bytes.length).toBe(0);
  });

  it("sends a token as the payload, and leaves the caller's bytes to the caller", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, "x"));
    using client = await connect({ socket: agent.socket });
    const token = Buffer.from("token-of-the-job");
    (await client.get("a", { token, admin: true })).dispose();
    expect(agent.received[0]?.payload.toString()).toBe("token-of-the-job");
    expect(agent.received[0]?.header.get("admin")).toBe(true);
    expect(token.toString()).toBe("token-of-the-job");
  });

  it.each(["", "..", "A", "a/", "a\n", "constructor", "a".repeat(300)])(
    "B28: %j is refused before a byte is sent",
    async (name) => {
      await using agent = await FakeAgent.start();
      using client = await connect({ socket: agent.socket });
      expect((await rejection(client.get(name))).code).toBe("bad-request");
      await client.request("lock", {}, { timeoutMs: 50 }).catch(() => undefined);
      expect(agent.received.map((one) => one.verb)).toEqual(["lock"]);
    },
  );
});

describe("request", () => {
  it("answers pipelined requests in order", async () => {
    await using agent = await FakeAgent.start(({ id, verb }) =>
      verb === "get" ? value(id, `value ${id}`) : reply(id, { state: "locked" }),
    );
    using client = await connect({ socket: agent.socket });
    const [first, second, third] = await Promise.all([
      client.get("a"),
      client.request("wait", { timeoutMs: 1 }),
      client.get("b"),
    ]);
    expect([first.utf8(), second.fields.state, third.utf8()]).toEqual(["value 1", "locked", "value 3"]);
  });

  it("reads replies that arrive byte by byte", async () => {
    await using agent = await FakeAgent.start(({ id }, peer) => {
      const bytes = value(id, "hunter2");
      const tick = setInterval(() => {
        const at = bytes.length - left--;
        peer.write(bytes.subarray(at, at + 1));
        if (left === 0) clearInterval(tick);
      }, 0);
      let left = bytes.length;
      return undefined;
    });
    using client = await connect({ socket: agent.socket });
    expect((await client.get("a")).utf8()).toBe("hunter2");
  });

  it("an error of one request leaves the connection and the others alone", async () => {
    await using agent = await FakeAgent.start(({ id }) =>
      id === 1 ? failure(1, "rate-limited", { retryAfterMs: 700 }) : value(id, "x"),
    );
    using client = await connect({ socket: agent.socket });
    const error = await rejection(client.get("a"));
    expect([error.code, error.exit, error.details]).toEqual(["rate-limited", 11, { retryAfterMs: 700 }]);
    expect((await client.get("b")).utf8()).toBe("x");
  });

  it("an error without an id fails the oldest request", async () => {
    await using agent = await FakeAgent.start(({ id }) =>
      id === 1 ? failure(null, "bad-frame") : value(id, "x"),
    );
    using client = await connect({ socket: agent.socket });
    const [first, second] = await Promise.all([rejection(client.get("a")), client.get("b")]);
    expect([first.code, second.utf8()]).toEqual(["bad-frame", "x"]);
  });

  it("refuses locally what the agent would refuse, and stays usable", async () => {
    await using agent = await FakeAgent.start(({ id }) => reply(id, { state: "locked" }));
    using client = await connect({ socket: agent.socket });
    const long = new Uint8Array(MAX_PASSPHRASE_BYTES + 1);
    const codes = await Promise.all([
      rejection(client.request("unlock", {}, { payload: long })),
      rejection(client.request("status", {}, { payload: long.subarray(0, 1) })),
      rejection(client.request("set", { name: "a" }, { payload: new Uint8Array(MAX_PAYLOAD_BYTES + 1) })),
      rejection(client.request("wait", { timeoutMs: 0.5 })),
      rejection(client.request("wait", { timeoutMs: Number.NaN })),
      rejection(client.request("set", { name: "a", attributes: { k: "a\nb" } })),
      rejection(client.request("rename", { name: "a", to: "B" })),
    ]);
    const large = ["too-large", "too-large", "too-large"];
    const bad = ["bad-request", "bad-request", "bad-request", "bad-request"];
    expect(codes.map((error) => error.code)).toEqual([...large, ...bad]);
    await client.request("wait", { timeoutMs: 1 });
    expect(agent.received.length).toBe(1);
  });

  it("hands over the payload of a reply", async () => {
    const code = Buffer.from("recovery-code");
    await using agent = await FakeAgent.start(({ id }) => reply(id, { durable: true, slot: "0f" }, code));
    using client = await connect({ socket: agent.socket });
    const { fields, payload } = await client.request(
      "init",
      { recovery: true },
      { payload: Buffer.from("pass") },
    );
    expect([fields, payload]).toEqual([{ durable: true, slot: "0f" }, code]);
    expect(agent.received[0]?.payload.toString()).toBe("pass");
  });

  it("writes a large payload whole", async () => {
    const large = Buffer.alloc(MAX_PAYLOAD_BYTES, "0123456789abcdef!");
    await using agent = await FakeAgent.start(({ id }) => reply(id, { durable: true, version: 1 }));
    using client = await connect({ socket: agent.socket });
    await client.request("set", { name: "a" }, { payload: large });
    expect(agent.received[0]?.payload.equals(large)).toBe(true);
  });
});

describe("limits of time", () => {
  it("B119: an agent that hangs gives `timeout`, exit 5, within 3 seconds", async () => {
    await using agent = await FakeAgent.start();
    const started = performance.now();
    using client = await connect({ socket: agent.socket });
    const error = await rejection(client.get("a"));
    expect([error.code, error.exit]).toEqual(["timeout", 5]);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it("a timeout ends the connection, for the requests behind it too", async () => {
    await using agent = await FakeAgent.start();
    using client = await connect({ socket: agent.socket });
    const [first, second] = await Promise.all([
      rejection(client.get("a", { timeoutMs: 50 })),
      rejection(client.get("b")),
    ]);
    expect([first.code, second.code]).toEqual(["timeout", "timeout"]);
    expect((await rejection(client.get("c"))).code).toBe("timeout");
    await expect.poll(() => agent.peers.size).toBe(0);
  });

  it("an abort ends the request", async () => {
    await using agent = await FakeAgent.start();
    using client = await connect({ socket: agent.socket });
    const controller = new AbortController();
    const pending = rejection(client.get("a", { signal: controller.signal }));
    controller.abort(new Error("not needed any more"));
    expect((await pending).code).toBe("aborted");
  });

  it("a signal that was aborted before sends nothing and does no harm", async () => {
    await using agent = await FakeAgent.start(({ id }) => value(id, "x"));
    using client = await connect({ socket: agent.socket });
    expect((await rejection(client.get("a", { signal: AbortSignal.abort() }))).code).toBe("aborted");
    expect((await client.get("b")).utf8()).toBe("x");
    expect(agent.received.length).toBe(1);
  });

  it("close fails what is open, and may be called again", async () => {
    await using agent = await FakeAgent.start();
    const client = await connect({ socket: agent.socket });
    const pending = rejection(client.get("a"));
    client.close();
    client.close();
    expect((await pending).code).toBe("aborted");
    expect((await rejection(client.get("b"))).code).toBe("aborted");
  });
});

describe("the end of a connection", () => {
  it("an agent that closes without an answer is unreachable", async () => {
    await using agent = await FakeAgent.start((_request, peer) => void peer.destroy());
    using client = await connect({ socket: agent.socket });
    const error = await rejection(client.get("a"));
    expect([error.code, error.reason, error.exit]).toEqual(["unreachable", "closed", 5]);
  });

  it("so is one that closes in the middle of its answer", async () => {
    await using agent = await FakeAgent.start(({ id }, peer) => {
      peer.end(value(id, "hunter2").subarray(0, -3));
      return undefined;
    });
    using client = await connect({ socket: agent.socket });
    expect((await rejection(client.get("a"))).reason).toBe("closed");
  });

  it("`busy` is heard whether it comes before or after the request, and although the agent closes at once", async () => {
    const busy = failure(null, "busy");
    await using agent = await FakeAgent.start({ greet: (peer) => peer.write(busy, () => peer.destroy()) });
    for (const pause of [0, 0, 0, 50]) {
      using client = await connect({ socket: agent.socket });
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const error = await rejection(client.request("status", {}));
      expect([error.code, error.exit]).toEqual(["busy", 11]);
    }
  });

  it("a write that fails does not drown what was said before: the agent is another process", async () => {
    await using agent = await FakeAgent.start({ greet: (peer) => peer.end(failure(null, "busy")) });
    using client = await connect({ socket: agent.socket });
    await expect.poll(() => agent.peers.size).toBe(0);
    expect((await rejection(client.get("a"))).code).toBe("busy");
  });
});
