/** The agent locks by itself: after a time without use, or at the end of a time to live, also one that it slept through. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const LIFE_MS = 2_000;
/** The agent looks at its clock twice a second; the rest is for a slow machine. */
const LATEST_MS = LIFE_MS + 4_000;
const NAME = "job/secret";

async function prepare(startArgs: readonly string[] = []): Promise<Sandbox> {
  const sandbox = await Sandbox.start({ startArgs });
  using admin = await Asker.proved(sandbox.socket, PASSPHRASE);
  await admin.must("set", { name: NAME }, Buffer.from("a value"));
  await admin.must("grant", { selector: NAME, may: ["get"], uids: [process.getuid?.() ?? 0] });
  return sandbox;
}

/** Fetches until it is refused; returns the milliseconds since `began`. */
async function lockedAfter(asker: Asker, began: number): Promise<number> {
  while (performance.now() - began < LATEST_MS * 2) {
    await sleep(50);
    const code = codeOf(await asker.ask("get", { name: NAME }));
    if (code === "locked") return performance.now() - began;
    expect(code).toBe("ok");
  }
  throw new Error("it never locked");
}

const unlock = (asker: Asker, ttlMs: number): Promise<unknown> =>
  asker.must("unlock", { ttlMs }, Buffer.from(PASSPHRASE));

it("B77: --lock-after: use keeps it open, and without use it locks", async () => {
  await using sandbox = await prepare(["--lock-after", `${String(LIFE_MS / 1000)}s`]);
  using asker = await Asker.open(sandbox.socket);
  await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  const began = performance.now();
  while (performance.now() - began < LIFE_MS * 2) {
    expect(codeOf(await asker.ask("get", { name: NAME })), "in use").toBe("ok");
    await sleep(100);
  }
  const lastUse = performance.now();
  const state = async (): Promise<unknown> => (await asker.must("status")).header.get("state");
  await expect.poll(state, { timeout: LATEST_MS, interval: 50 }).toBe("locked"); // looking is no use
  expect(performance.now() - lastUse).toBeGreaterThan(LIFE_MS - 200);
});

it("B77: unlock --ttl: it locks at the end, used or not", async () => {
  await using sandbox = await prepare();
  using asker = await Asker.open(sandbox.socket);
  await asker.must("lock");
  await sandbox.ok(["unlock", "--ttl", `${String(LIFE_MS / 1000)}s`], { passphrase: PASSPHRASE });
  const { header } = await asker.must("status");
  expect(header.get("locksAt")).toBeGreaterThan(Date.now() - LATEST_MS);
  expect(await lockedAfter(asker, performance.now())).toBeLessThan(LATEST_MS);
});

it("B77: an unlock while it is open sets the time anew, to a longer or a shorter one", async () => {
  await using sandbox = await prepare();
  using asker = await Asker.open(sandbox.socket);
  await unlock(asker, 60_000);
  await unlock(asker, LIFE_MS);
  const began = performance.now();
  await unlock(asker, LIFE_MS * 2);
  expect(await lockedAfter(asker, began)).toBeGreaterThan(LIFE_MS * 2 - 200);
});

it("B77: a time to live that ends while the process is stopped: the first fetch after it finds it locked", async () => {
  await using sandbox = await prepare();
  const pid = (await sandbox.pid()) ?? 0;
  for (let round = 0; round < 3; round++) {
    using asker = await Asker.open(sandbox.socket);
    await unlock(asker, LIFE_MS);
    process.kill(pid, "SIGSTOP");
    const early = asker.ask("get", { name: NAME }); // lies there when it goes on
    await sleep(LIFE_MS + 100);
    const late = asker.frame("get", { name: NAME });
    process.kill(pid, "SIGCONT");
    asker.raw.send(late);
    const second = await early.then(() => asker.raw.reply());
    expect([codeOf(await early), second && codeOf(second)]).toEqual(["locked", "locked"]);
  }
});
