import { afterEach, expect, it, vi } from "vitest";
import { quickGet } from "./quick.ts";
import type { Fetched, Shortfall } from "./quick.ts";
import { shortfallError } from "./shortfall.ts";
import { SottoError } from "./sotto-error.ts";
import { FakeAgent, reply, value } from "./test-support/fake-agent.ts";

const CANARY = "canary-hunter2";
const allocated: Buffer[] = [];
vi.mock("./secret-buffer.ts", () => ({
  secretBuffer: (length: number): Buffer => {
    const buffer = Buffer.alloc(length);
    allocated.push(buffer);
    return buffer;
  },
}));
vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((size) => {
  const buffer = Buffer.alloc(size);
  allocated.push(buffer);
  return buffer;
});
afterEach(() => void allocated.splice(0));
const holding = (): Buffer[] => allocated.filter((buffer) => buffer.includes("canary"));

function ask(socket: string, timeoutMs = 2_500, token?: Buffer): Promise<Fetched | Shortfall> {
  return new Promise((resolve) =>
    quickGet("a/b", { socket, timeoutMs, token, got: resolve, failed: resolve }),
  );
}

it.each([0, 1, 70_000, 1024 * 1024])("fetches %d bytes", async (length) => {
  const bytes = Buffer.alloc(length, "x");
  const fields = { version: 3, attributes: { user: "u" } };
  await using agent = await FakeAgent.start(({ id }) => reply(id, fields, bytes));
  const secret = (await ask(agent.socket)) as Fetched;
  expect({ ...secret, bytes: secret.bytes.equals(bytes) }).toEqual({ name: "a/b", ...fields, bytes: true });
  expect(agent.received.map(({ verb, header }) => [verb, header.get("name")])).toEqual([["get", "a/b"]]);
});

it("sends the token as the payload", async () => {
  await using agent = await FakeAgent.start(({ id }) => value(id, CANARY));
  await ask(agent.socket, 2_500, Buffer.from("a-token"));
  expect(agent.received[0]?.payload.toString()).toBe("a-token");
});

it("B73: nothing is left of the value but the buffer that is handed over, also when it comes in pieces", async () => {
  await using agent = await FakeAgent.start(({ id }, peer) => {
    const whole = value(id, CANARY);
    for (const [at, byte] of [...whole].entries()) setTimeout(() => peer.write(Buffer.from([byte])), at);
    return undefined;
  });
  const secret = (await ask(agent.socket)) as Fetched;
  expect(secret.bytes.toString()).toBe(CANARY);
  expect(holding()).toEqual([secret.bytes]);
});

it("B73: nothing is left of a value that is cut off, by time or by the end of the agent", async () => {
  await using agent = await FakeAgent.start(({ id }) => value(id, CANARY).subarray(0, -1));
  expect(await ask(agent.socket, 300)).toBe("timeout");
  expect(holding()).toEqual([]);
  await using leaving = await FakeAgent.start(
    ({ id }, peer) => void peer.end(value(id, CANARY).subarray(0, -1)),
  );
  expect(await ask(leaving.socket)).toBe("closed");
  expect(holding()).toEqual([]);
});

it.each<[string, object]>([
  ["denied", { error: "denied" }],
  ["rate-limited", { error: "rate-limited", retryAfterMs: 5_000 }],
  ["bad-reply", { error: "no-such-code" }],
  ["bad-reply", {}],
])("a refusal is the error that getSecret has: %s", async (code, fields) => {
  await using agent = await FakeAgent.start(({ id }) => reply(id, { ok: false, ...fields }));
  const error = shortfallError((await ask(agent.socket)) as { refusal: never });
  expect(error).toBeInstanceOf(SottoError);
  expect(error.code).toBe(code);
  if ("retryAfterMs" in fields) expect(error.details).toEqual({ retryAfterMs: 5_000 });
});

it("hears a refusal that comes before it has asked", async () => {
  await using agent = await FakeAgent.start({
    greet: (peer) => peer.end(reply(null, { ok: false, error: "busy" })),
  });
  expect(shortfallError((await ask(agent.socket)) as { refusal: never }).code).toBe("busy");
});

it.each<[string, Parameters<typeof reply>[1]]>([
  ["attributes that are none", { version: 1, attributes: { user: 1 } }],
  ["no version", { attributes: {} }],
  ["a version of 0", { version: 0, attributes: {} }],
  ["the id of another request", { id: 2, version: 1, attributes: {} }],
])("refuses a reply with %s", async (_what, fields) => {
  await using agent = await FakeAgent.start(({ id }) => reply(id, fields, Buffer.from(CANARY)));
  expect(await ask(agent.socket)).toBe("bad-reply");
  expect(holding()).toEqual([]);
});

it("nothing has been sent where nobody listens, or where the socket cannot be an agent's", async () => {
  const agent = await FakeAgent.start();
  await agent[Symbol.asyncDispose]();
  expect(() => quickGet("a", { socket: agent.socket, timeoutMs: 9, got: vi.fn(), failed: vi.fn() })).toThrow(
    SottoError,
  );
});
