import { describe, expect, it } from "vitest";
import { Backoff } from "./backoff.ts";
import { failure, FakeAgent, reply } from "./test-support/fake-agent.ts";
import { rejection } from "./test-support/rejection.ts";
import { waitForUnlock } from "./wait.ts";

/** A fake agent that answers a `wait` as told, the last answer again and again. */
async function answering(...states: string[]): Promise<FakeAgent> {
  return await FakeAgent.start(({ id }) => {
    const state = states.length > 1 ? states.shift() : states[0];
    return state === "busy" ? failure(null, "busy") : reply(id, { state });
  });
}

describe("waitForUnlock", () => {
  it("resolves at once when the agent is unlocked", async () => {
    await using agent = await answering("unlocked");
    await waitForUnlock({ socket: agent.socket, waitMs: 0 });
    expect(agent.received.map((one) => one.verb)).toEqual(["wait"]);
  });

  it("lets a locked agent wait for as long as is left, at most ten minutes a time", async () => {
    await using agent = await answering("unlocked");
    await waitForUnlock({ socket: agent.socket, waitMs: 3_600_000 });
    await waitForUnlock({ socket: agent.socket, waitMs: 5_000 });
    await waitForUnlock({ socket: agent.socket, waitMs: 0 });
    const [long, short, none] = agent.received.map((one) => one.header.get("timeoutMs") as number);
    expect(long).toBe(600_000);
    expect(short).toBeGreaterThan(4_000);
    expect(short).toBeLessThanOrEqual(5_000);
    expect(none).toBe(1);
  });

  it.each(["locked", "uninitialised"])("rejects with `%s` when that is how it still is", async (state) => {
    await using agent = await answering(state);
    const error = await rejection(waitForUnlock({ socket: agent.socket, waitMs: 1_500 }));
    expect([error.code, error.exit]).toEqual([state, 3]);
    expect(agent.received.length).toBeGreaterThan(1);
  });

  it("looks for an absent agent until it is there", async () => {
    await using agent = await answering("unlocked");
    const { socket } = agent;
    await agent.stop();
    const started = performance.now();
    const error = await rejection(waitForUnlock({ socket, waitMs: 250 }));
    expect([error.code, error.reason, error.exit]).toEqual(["unreachable", "absent", 5]);
    expect(performance.now() - started).toBeGreaterThan(240);
    expect(performance.now() - started).toBeLessThan(1_200);
  });

  it("goes on when the agent comes later, is locked, has no room, and is unlocked at last", async () => {
    await using agent = await answering("locked", "busy", "uninitialised", "unlocked");
    await waitForUnlock({ socket: agent.socket, waitMs: 10_000 });
    expect(agent.received.length).toBe(4);
  });

  it("the last thing seen counts", async () => {
    await using agent = await answering("locked", "busy");
    expect((await rejection(waitForUnlock({ socket: agent.socket, waitMs: 1_500 }))).code).toBe("busy");
  });

  it("does not wait for what waiting does not mend", async () => {
    await using agent = await FakeAgent.start(() => failure(1, "internal"));
    const started = performance.now();
    expect((await rejection(waitForUnlock({ socket: agent.socket, waitMs: 60_000 }))).code).toBe("internal");
    expect((await rejection(waitForUnlock({ socket: "", waitMs: 60_000 }))).code).toBe("bad-argument");
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("ends on an abort, between attempts and during one", async () => {
    await using agent = await FakeAgent.start();
    for (const socket of [`${agent.socket}.none`, agent.socket]) {
      const controller = new AbortController();
      const pending = rejection(waitForUnlock({ socket, waitMs: 60_000, signal: controller.signal }));
      setTimeout(() => controller.abort(), 30);
      expect((await pending).code).toBe("aborted");
    }
  });
});

describe("Backoff", () => {
  async function pauses(backoff: Backoff, atMost: readonly number[]): Promise<number[]> {
    const taken: number[] = [];
    for (const ms of atMost) {
      const started = performance.now();
      await backoff.pause(ms);
      taken.push(performance.now() - started);
    }
    return taken;
  }

  it("pauses longer each time, and never longer than allowed", async () => {
    const taken = await pauses(new Backoff(50, 1_500), [5_000, 5_000, 5_000, 5_000, 5_000, 5]);
    const [first = 0, , , , fifth = 0, sixth = 0] = taken; // 50 and 328 ms, a quarter more or less; 5 instead of 525
    expect(first).toBeGreaterThan(35);
    expect(fifth).toBeGreaterThan(240);
    expect(sixth).toBeLessThan(350);
  });

  it("pauses no longer than its limit", async () => {
    const taken = await pauses(new Backoff(20, 40), new Array<number>(12).fill(60_000));
    expect(taken.at(-1)).toBeLessThan(1_500); // without a limit 3,518 ms, a quarter more or less
  });
});
