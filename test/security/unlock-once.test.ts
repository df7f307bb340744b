/** Unlocking and locking may be repeated, and may meet each other: the outcome is always defined, and a lock wins. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { liveAgent } from "../support/live-agent.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const RIGHT = Buffer.from(PASSPHRASE);
const WRONG = Buffer.from("not the passphrase");
const agent = liveAgent();
const open = (): Promise<Asker> => Asker.open(agent().sandbox.socket);

async function stateOf(asker: Asker): Promise<unknown> {
  return (await asker.must("status")).header.get("state");
}

/** Runs something and returns the processor time that the agent spent on it, in seconds (proc_pid_stat(5)). */
async function cost(action: () => Promise<unknown>): Promise<number> {
  const ticks = (): number => {
    const fields =
      readFileSync(`/proc/${String(agent().pid)}/stat`, "latin1")
        .split(") ")[1]
        ?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = ticks();
  await action();
  return (ticks() - before) / 100;
}

it("B68: unlock while unlocked and lock while locked change nothing and succeed", async () => {
  using asker = await open();
  for (const verb of ["unlock", "unlock", "lock", "lock"] as const) {
    await asker.must(verb, {}, verb === "unlock" ? RIGHT : undefined);
    expect(await stateOf(asker)).toBe(`${verb}ed`);
  }
  await asker.must("unlock", {}, RIGHT);
  expect(codeOf(await asker.ask("unlock", {}, WRONG)), "unlocked, and yet it is checked").toBe(
    "wrong-passphrase",
  );
  expect(await stateOf(asker)).toBe("unlocked");
  await asker.must("unlock", {}, RIGHT);
});

it("B68: the command line says the same: exit 0 each time, 7 for a wrong passphrase", async () => {
  const { sandbox } = agent();
  for (const args of [["lock"], ["lock"], ["unlock"], ["unlock"]])
    await sandbox.ok(args, args[0] === "unlock" ? { passphrase: RIGHT } : {});
  expect((await sandbox.agent(["unlock"], { passphrase: WRONG })).status).toBe(7);
  await sandbox.ok(["unlock"], { passphrase: RIGHT });
});

it("B68: six unlocks at once cost one key derivation, and all prove the passphrase", async () => {
  using asker = await open();
  const unlockWith = async (askers: readonly Asker[]): Promise<number> => {
    await asker.must("lock");
    return cost(() => Promise.all(askers.map((one) => one.must("unlock", {}, RIGHT))));
  };
  const one = await unlockWith([asker]);
  const six = await Promise.all(Array.from({ length: 6 }, open));
  expect(await unlockWith(six), "seconds of the processor").toBeLessThan(Math.max(one, 0.05) * 3);
  for (const each of six) {
    await each.must("list", { all: true });
    each[Symbol.dispose]();
  }
});

it.each([
  ["wrong before right", [WRONG, RIGHT], ["wrong-passphrase", "ok"]],
  ["right before wrong", [RIGHT, WRONG, WRONG], ["ok", "wrong-passphrase", "wrong-passphrase"]],
])("B68: %s, at once: each is told the truth, and the right one unlocks", async (_, given, codes) => {
  using admin = await open();
  await admin.must("lock");
  const askers = await Promise.all(Array.from(given, open));
  const replies = await Promise.all(askers.map((asker, i) => asker.ask("unlock", {}, given[i])));
  expect(replies.map(codeOf)).toEqual(codes);
  expect(await stateOf(admin)).toBe("unlocked");
  await admin.must("unlock", {}, RIGHT);
  for (const asker of askers) asker[Symbol.dispose]();
});

it("B68: a lock during an unlock wins over it, and over those that wait behind it", async () => {
  using admin = await open();
  await admin.must("lock");
  const askers = await Promise.all(Array.from({ length: 3 }, open));
  for (const asker of askers) await asker.must("status"); // all are accepted, so they are read in this order:
  const unlocks = askers.map((asker) => asker.ask("unlock", {}, RIGHT));
  await admin.must("lock");
  expect((await Promise.all(unlocks)).map(codeOf)).toEqual(["locked", "locked", "locked"]);
  expect(await stateOf(admin)).toBe("locked");
  for (const asker of askers) asker[Symbol.dispose]();
  await admin.must("unlock", {}, RIGHT);
});
