/** The uid of an administrator alone reads and changes nothing: it takes the passphrase, on the connection or lately in the login session. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { runCommand, type Result } from "../support/command.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const NAME = "job/secret";
const PROOF = Buffer.from(PASSPHRASE);
/** What reads or changes, and so needs the proof. */
const GUARDED = [
  ["get", { name: NAME, admin: true }],
  ["list", { all: true }],
  ["show", { name: NAME }],
  ["set", { name: NAME }],
  ["rename", { name: NAME, to: "job/other" }],
  ["remove", { name: NAME }],
  ["grant", { selector: NAME, may: ["get"], uids: [0] }],
  ["rules", {}],
  ["slots", {}],
  ["slot-add", { kind: "recovery" }],
  ["passwd", {}],
] as const;

/** Without tickets, so that only what happens on a connection counts. */
const withoutTickets = (): Promise<Sandbox> => Sandbox.start({ startArgs: ["--ticket", "0"] });

it("an administrator without the passphrase is refused everything that reads or changes", async () => {
  await using sandbox = await withoutTickets();
  await sandbox.set(NAME, "a value");
  using asker = await Asker.open(sandbox.socket);
  for (const [verb, fields] of GUARDED) {
    const reply = await asker.ask(verb, fields, verb === "set" ? Buffer.from("changed") : undefined);
    expect([verb, codeOf(reply), reply.payload.length]).toEqual([verb, "auth-required", 0]);
  }
  await asker.must("auth", {}, PROOF);
  expect((await asker.must("get", { name: NAME, admin: true })).payload.toString()).toBe("a value");
});

it("a wrong passphrase proves nothing, a proof is for its connection, and a lock voids it", async () => {
  await using sandbox = await withoutTickets();
  using asker = await Asker.open(sandbox.socket);
  expect(codeOf(await asker.ask("auth", {}, Buffer.from("not the passphrase")))).toBe("wrong-passphrase");
  expect(codeOf(await asker.ask("rules"))).toBe("auth-required");
  await asker.must("auth", {}, PROOF);
  await asker.must("rules");
  using other = await Asker.open(sandbox.socket);
  expect(codeOf(await other.ask("rules"))).toBe("auth-required");
  await asker.must("lock");
  await other.must("unlock", {}, PROOF);
  expect(codeOf(await asker.ask("rules")), "proved before the lock").toBe("auth-required");
  await other.must("rules");
});

/** Runs a command that needs a proof, with nobody there to type it. 0: a ticket was good; 7: it takes the passphrase. */
const inThisSession = (sandbox: Sandbox): Promise<Result> => sandbox.agent(["rules"]);
const inAnotherSession = (sandbox: Sandbox, args = ["rules"], passphrase?: string): Promise<Result> =>
  runCommand("setsid", ["--wait", process.execPath, CLI, ...args], {
    env: sandbox.environment,
    ...(passphrase !== undefined && { passphrase }),
  });

it("a proof is good for the login session in which it was given, and for no other", async (context) => {
  needsPrograms(context, "setsid");
  await using sandbox = await Sandbox.start();
  expect((await inThisSession(sandbox)).status, "the vault was made here").toBe(0);
  const refused = await inAnotherSession(sandbox);
  expect([refused.status, refused.stderr]).toEqual([7, expect.stringContaining("passphrase")]);

  await sandbox.ok(["lock"]);
  expect((await inAnotherSession(sandbox, ["unlock"], PASSPHRASE)).status).toBe(0);
  expect((await inThisSession(sandbox)).status, "gone with the lock").toBe(7);
  expect((await inAnotherSession(sandbox)).status, "that session has ended; this is a new one").toBe(7);
  await sandbox.ok(["rules"], { passphrase: PASSPHRASE });
  expect((await inThisSession(sandbox)).status, "given anew").toBe(0);
});

it("a ticket ends after its time", async () => {
  await using sandbox = await Sandbox.start({ startArgs: ["--ticket", "4s"] });
  const began = performance.now();
  await sandbox.ok(["rules"], { passphrase: PASSPHRASE });
  const { status } = await inThisSession(sandbox);
  if (performance.now() - began < 4_000) expect(status).toBe(0);
  await sleep(4_100);
  expect((await inThisSession(sandbox)).status).toBe(7);
});

it("--ticket 0 means none, also right after a proof", async () => {
  await using sandbox = await withoutTickets();
  await sandbox.ok(["rules"], { passphrase: PASSPHRASE });
  expect((await inThisSession(sandbox)).status).toBe(7);
});
