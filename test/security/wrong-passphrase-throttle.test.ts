/** Wrong passphrases slow down the user who gives them, and nobody else. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { asUser } from "../support/as-user.ts";
import { Asker, codeOf } from "../support/asker.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const UID = 64_212;
/** A group that every Linux has. */
const ADMIN_GID = Number(/^daemon:[^:]*:([0-9]+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1]);
const WRONG = Buffer.from("not the passphrase");
const RIGHT = Buffer.from(PASSPHRASE);
/** What each failure adds to the delay of the next attempt. */
const STEP_MS = 100;
const FAILURES = 7;
/** On an idle machine a fetch takes a millisecond; the bound is for one that runs the other tests too. */
const FETCH_MS = 1_500;
const KDF_KIB = 64 * 1024;

const agent = liveAgent({ shared: true, config: { adminGroup: "daemon" } });
const open = (): Promise<Asker> => Asker.open(agent().sandbox.socket);
const openAsGuesser = (): Promise<Asker> => asUser({ uid: UID, groups: [ADMIN_GID] }, open);

it("B66: delays grow with each wrong one, for that user alone, while others fetch and prove theirs", async (context) => {
  needsRoot(context);
  let guessing = true;
  const fetches = measureFetches(() => guessing);
  const times: number[] = [];
  using guesser = await openAsGuesser();
  for (let i = 0; i < FAILURES; i++) {
    const began = performance.now();
    expect(codeOf(await guesser.ask("auth", {}, WRONG))).toBe("wrong-passphrase");
    times.push(performance.now() - began);
  }
  using administrator = await open();
  const [slow, quick] = [guesser.ask("auth", {}, WRONG), administrator.ask("auth", {}, RIGHT)];
  expect(await Promise.race([slow.then(() => "guesser"), quick.then(() => "administrator")])).toBe(
    "administrator",
  );
  expect(codeOf(await quick)).toBe("ok");
  await slow;
  guessing = false;

  times.forEach((ms, failures) =>
    expect(ms, `attempt after ${String(failures)}`).toBeGreaterThan(failures * STEP_MS - 5),
  );
  const durations = await fetches;
  expect(durations.length).toBeGreaterThan(20);
  expect(Math.max(...durations), "milliseconds of the slowest fetch").toBeLessThan(FETCH_MS);

  expect(codeOf(await guesser.ask("auth", {}, RIGHT)), "the right one, after its delay").toBe("ok");
  const began = performance.now();
  expect(codeOf(await guesser.ask("auth", {}, WRONG)), "without a delay: all is forgiven").toBe(
    "wrong-passphrase",
  );
  expect(performance.now() - began).toBeLessThan(FAILURES * STEP_MS + FETCH_MS);
});

it("B66: an attempt beside one that is held back is refused at once and told when to come again", async (context) => {
  needsRoot(context);
  using first = await openAsGuesser();
  using second = await openAsGuesser();
  for (let i = 0; i < 3; i++) await first.ask("unlock", {}, WRONG);
  const held = first.ask("unlock", {}, WRONG);
  const refused = await second.ask("unlock", {}, RIGHT);
  expect(codeOf(refused)).toBe("throttled");
  expect(refused.header.get("retryAfterMs")).toBeGreaterThan(0);
  expect(codeOf(await held)).toBe("wrong-passphrase");
  expect(codeOf(await first.ask("unlock", {}, RIGHT))).toBe("ok");
});

it("B66: key derivations run one at a time, however many ask", async () => {
  using warm = await open();
  await warm.must("auth", {}, RIGHT);
  const before = peakKib(agent().pid);
  const askers = await Promise.all(Array.from({ length: 6 }, open));
  await Promise.all(askers.map((asker) => asker.must("auth", {}, RIGHT)));
  for (const asker of askers) asker[Symbol.dispose]();
  expect(peakKib(agent().pid) - before, "KiB more than for one").toBeLessThan(KDF_KIB / 2);
});

/** Fetches again and again; returns how long each took. */
async function measureFetches(goOn: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  while (goOn()) {
    const began = performance.now();
    await agent().expectAlive();
    durations.push(performance.now() - began);
    await sleep(20);
  }
  return durations;
}

/** The most memory that the process ever had (proc_pid_status(5)). */
function peakKib(pid: number): number {
  return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1"))?.[1]);
}
