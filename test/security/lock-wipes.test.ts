/** A lock ends what is under way: nothing of a secret leaves after it. What is left in memory: memory-agent.test.ts. */
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { liveAgent } from "../support/live-agent.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const IN_FLIGHT = 20;
const MIB = 1024 * 1024;
const VALUE = randomBytes(MIB);
const SMALL = Buffer.from("a short value");
const agent = liveAgent();

/** Both secrets stored, and an agent that is unlocked. */
async function prepare(): Promise<void> {
  using admin = await Asker.open(agent().sandbox.socket);
  await admin.must("unlock", {}, Buffer.from(PASSPHRASE));
  await admin.must("set", { name: "job/large" }, VALUE);
  await admin.must("set", { name: "job/small" }, SMALL);
  await admin.must("grant", { selector: "job/**", may: ["get"], uids: [process.getuid?.() ?? 0] });
}

async function open(): Promise<Asker> {
  return Asker.open(agent().sandbox.socket);
}

it("B69: twenty fetches under way are broken off by a lock, whatever is read of them later", async () => {
  await prepare();
  const readers = await Promise.all(Array.from({ length: IN_FLIGHT }, open));
  for (const { raw } of readers) raw.socket.pause();
  for (const reader of readers) reader.raw.send(reader.frame("get", { name: "job/large" }));
  using admin = await open();
  await admin.must("status"); // the agent has met what was sent before
  await admin.must("lock");

  for (const { raw } of readers) {
    const received = bytesUntilClosed(raw.socket);
    raw.socket.resume();
    expect(await received, "bytes that the kernel held already").toBeLessThan(MIB);
    expect(await raw.reply(), "a whole answer").toBeUndefined();
    raw[Symbol.dispose]();
  }
});

it("B69: what one connection asked for after its lock is refused, what it asked for before is whole", async () => {
  await prepare();
  using asker = await open();
  const fetches = (): Buffer[] => Array.from({ length: 10 }, () => asker.frame("get", { name: "job/small" }));
  asker.raw.send(Buffer.concat([...fetches(), asker.frame("lock"), ...fetches()]));
  for (let i = 0; i < 10; i++) expect((await asker.raw.reply())?.payload).toEqual(SMALL);
  expect((await asker.raw.reply())?.header.get("ok")).toBe(true);
  for (let i = 0; i < 10; i++) {
    const reply = await asker.raw.reply();
    expect(reply && [codeOf(reply), reply.payload.length]).toEqual(["locked", 0]);
  }
});

it("B69: a lock between the fetches of many: each gets its value or `locked`, and after the lock only `locked`", async () => {
  await prepare();
  let lockedAt = Infinity;
  const fetchers = Array.from({ length: IN_FLIGHT }, async () => {
    using asker = await open();
    const codes = new Set<string>();
    while (!codes.has("locked")) {
      const began = performance.now();
      const reply = await asker.ask("get", { name: "job/small" });
      codes.add(codeOf(reply));
      if (codeOf(reply) === "ok") expect(reply.payload).toEqual(SMALL);
      if (began > lockedAt) expect(codeOf(reply)).toBe("locked");
    }
    return codes;
  });
  using admin = await open();
  for (let i = 0; i < 5; i++) await admin.must("get", { name: "job/small" });
  await admin.must("lock");
  lockedAt = performance.now();
  for (const codes of await Promise.all(fetchers)) expect([...codes]).toEqual(["ok", "locked"]);
});

it("B69: a set under way when the lock comes is refused, and the connection goes on", async () => {
  await prepare();
  using setter = await Asker.proved(agent().sandbox.socket, PASSPHRASE);
  const frame = setter.frame("set", { name: "job/half" }, VALUE);
  await new Promise((resolve) => setter.raw.socket.write(frame.subarray(0, MIB / 2), resolve));
  using admin = await open();
  await admin.must("lock");
  setter.raw.send(frame.subarray(MIB / 2));
  const reply = await setter.raw.reply();
  expect(reply && codeOf(reply)).toBe("locked");
  expect((await setter.must("status")).header.get("state")).toBe("locked");
  await admin.must("unlock", {}, Buffer.from(PASSPHRASE));
  expect(codeOf(await admin.ask("show", { name: "job/half" }))).toBe("not-found");
});

/** All bytes that still arrive before the other side closes. */
function bytesUntilClosed(socket: Asker["raw"]["socket"]): Promise<number> {
  let count = 0;
  socket.on("data", (part) => (count += part.length));
  return new Promise((resolve) => socket.once("close", () => resolve(count)));
}
