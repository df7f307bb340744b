/** The uid of an administrator alone reads and changes nothing: it takes the passphrase, on the connection or lately in the login session. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { runCommand } from "../support/command.ts";
import { LoginSession } from "../support/login-session.ts";
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

/** A command that needs a proof, with nobody there to type it. 0: a ticket was good; 7: it takes the passphrase. */
const RULES = ["rules"];

it("a proof is good for the login session in which it was given, and for no other", async () => {
  await using sandbox = await Sandbox.start();
  await using session = new LoginSession(sandbox);
  await using other = new LoginSession(sandbox);
  expect((await session.agent(RULES, PASSPHRASE)).status).toBe(0);
  expect((await session.agent(RULES)).status, "proved here").toBe(0);
  const refused = await other.agent(RULES);
  expect([refused.status, refused.stderr]).toEqual([7, expect.stringContaining("passphrase")]);

  await sandbox.ok(["lock"]);
  expect((await other.agent(["unlock"], PASSPHRASE)).status).toBe(0);
  expect((await session.agent(RULES)).status, "gone with the lock").toBe(7);
  expect((await other.agent(RULES)).status, "an unlock is a proof too").toBe(0);
});

it("a ticket ends after its time", async () => {
  await using sandbox = await Sandbox.start({ startArgs: ["--ticket", "4s"] });
  await using session = new LoginSession(sandbox);
  const began = performance.now();
  await session.agent(RULES, PASSPHRASE);
  const { status } = await session.agent(RULES);
  if (performance.now() - began < 4_000) expect(status).toBe(0);
  await sleep(4_100);
  expect((await session.agent(RULES)).status).toBe(7);
});

it("a ticket ends with its session: one whose leader has gone has none", async (context) => {
  needsPrograms(context, "setsid");
  await using sandbox = await Sandbox.start();
  const orphan = await orphaned(sandbox);
  expect(orphan).toEqual(["0", "7"]);
});

it("--ticket 0 means none, also right after a proof", async () => {
  await using sandbox = await withoutTickets();
  await using session = new LoginSession(sandbox);
  expect((await session.agent(RULES, PASSPHRASE)).status).toBe(0);
  expect((await session.agent(RULES)).status).toBe(7);
});

/** The exit codes of `rules`, with the passphrase and then without, in a session whose leader has ended. */
async function orphaned(sandbox: Sandbox): Promise<string[]> {
  const command = `"${process.execPath}" "${CLI}" rules`;
  const both = `sleep 1; ${command} --passphrase-fd 3 >&2; echo $?; ${command} 3<&- >&2; echo $?`;
  const { stdout } = await runCommand("setsid", ["sh", "-c", `(${both}) & exit 0`, "sh"], {
    env: sandbox.environment,
    passphrase: PASSPHRASE,
  });
  return stdout.toString().trim().split("\n");
}
