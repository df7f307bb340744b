import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { residentBytes } from "../support/agent-process.ts";
import { liveAgent, set } from "../support/live-agent.ts";
import { frame, type RawConnection } from "../support/raw-connection.ts";

const MIB = 1024 * 1024;
const agent = liveAgent();

/** Waits for the end of a connection, with the agent alive all the while. Returns the seconds that it took. */
async function secondsUntilClosed(connection: RawConnection): Promise<number> {
  const began = performance.now();
  const closed = connection.untilClosed();
  while (!connection.closed) {
    await agent().expectAlive();
    await Promise.race([closed, sleep(1_000)]);
  }
  return (performance.now() - began) / 1_000;
}

describe.concurrent("deadlines", () => {
  it("B1: a connection that sends nothing is closed after 5 s, without a word", async () => {
    using connection = await agent().connect();
    const seconds = await secondsUntilClosed(connection);
    expect(seconds).toBeGreaterThan(4);
    expect(seconds).toBeLessThan(7.5);
    expect(await connection.reply()).toBeUndefined();
  });

  it("B1: a connection whose requests are all refused is in use, and stays open", async () => {
    using connection = await agent().connect();
    for (let i = 0; i < 8; i++) {
      const refused = await connection.request({
        v: 1,
        id: i,
        verb: "show",
        name: "not/proved",
        extra: true,
      });
      expect(refused.header.get("error")).toBe("bad-request");
      await sleep(1_000);
    }
    expect(connection.closed).toBe(false);
  });

  it("B2: a frame that comes a byte a second is dropped after 10 s, without a reply", async () => {
    using connection = await agent().connect();
    const request = frame({ v: 1, id: 1, verb: "get", name: "probe/alive" });
    let sent = 0;
    const sendNext = (): void => connection.send(request.subarray(sent, ++sent));
    sendNext();
    const timer = setInterval(sendNext, 1_000);
    const seconds = await secondsUntilClosed(connection).finally(() => clearInterval(timer));
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(14);
    expect(sent).toBeLessThan(request.length);
    expect(await connection.reply()).toBeUndefined();
  });

  it("B2: a payload that stops in the middle is dropped after 10 s, and nothing is stored", async () => {
    using administrator = await agent().administrator();
    const request = frame({ v: 1, id: 1, verb: "set", name: "unfinished" }, Buffer.alloc(100_000, "x"));
    administrator.send(request.subarray(0, -1));
    const seconds = await secondsUntilClosed(administrator);
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(14);
    expect(await administrator.reply()).toBeUndefined();
    using other = await agent().administrator();
    const shown = await other.request({ v: 1, id: 1, verb: "show", name: "unfinished" });
    expect(shown.header.get("error")).toBe("not-found");
  });

  it("B8: of 10,000 requests whose answers nobody reads the agent takes few, and keeps nothing", async () => {
    using connection = await agent().connect();
    connection.socket.pause();
    const before = residentBytes(agent().pid);
    const request = frame({ v: 1, id: 1, verb: "get", name: "nobody/reads" });
    connection.send(Buffer.concat(Array.from({ length: 10_000 }, () => request)));
    const taken = await untilSteady(() => recordsOf("nobody/reads"));
    await expectNoGrowth(before);
    const seconds = await secondsUntilClosed(connection);
    expect(seconds).toBeLessThan(14);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(5_000);
    expect(recordsOf("nobody/reads"), "no more are taken afterwards").toBe(taken);
  });

  it("B24: a reader that stops in the middle of 1 MiB loses its turn after 10 s; others are served", async () => {
    using administrator = await agent().administrator();
    await set(administrator, "large", Buffer.alloc(MIB, "x"));
    using reader = await agent().administrator();
    reader.socket.pause();
    const before = residentBytes(agent().pid);
    // So many that some stay in this process: whoever cannot read learns of the end only when it writes.
    for (let id = 1; id <= 10_000; id++)
      reader.send(frame({ v: 1, id, verb: "get", name: "large", admin: true }));
    const closed = secondsUntilClosed(reader);
    await expectNoGrowth(before);
    const seconds = await closed;
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(14);
    expect(recordsOf("large"), "answers that were begun").toBe(1);
  });
});

/**
 * Key derivations of the tests beside this one come and go: waits for a moment without. A heap in use grows by some 20 MiB
 * before it is tidied up; answers that were kept would be a thousand times as much.
 */
async function expectNoGrowth(before: number): Promise<void> {
  const growth = (): number => residentBytes(agent().pid) - before;
  await expect.poll(growth, { timeout: 8_000 }).toBeLessThan(48 * MIB);
}

/** How many decisions about a name are on record. */
function recordsOf(name: string): number {
  return agent()
    .sandbox.auditRecords()
    .filter((record) => record["name"] === name && record["verb"] === "get").length;
}

/** Waits until a count above 0 does not change any more. */
async function untilSteady(count: () => number): Promise<number> {
  for (let last = -1; ; await sleep(300)) {
    const now = count();
    if (now > 0 && now === last) return now;
    last = now;
  }
}
