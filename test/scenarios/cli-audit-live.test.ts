/** The readers of the audit on what the agent itself writes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fileName, tamper } from "../support/audit-chain.ts";
import type { Result } from "../support/command.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const CURRENT = "audit.jsonl";
const OWN_UID = process.getuid?.() ?? 0;

/** An agent with one secret, which was fetched by a rule. */
class Fetched implements AsyncDisposable {
  readonly sandbox: Sandbox;
  rule = "";

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  static async start(): Promise<Fetched> {
    const fetched = new Fetched(await Sandbox.start());
    const { sandbox } = fetched;
    await sandbox.set("bank/login", "value");
    fetched.rule = await sandbox.grant("bank/login", "--uid", String(OWN_UID));
    await sandbox.ok(["get", "bank/login"]);
    return fetched;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sandbox[Symbol.asyncDispose]();
  }
}

const verify = (sandbox: Sandbox, ...more: readonly string[]): Promise<Result> =>
  sandbox.agent(["audit", "verify", ...more], { passphrase: PASSPHRASE });

interface Report {
  readonly ok: boolean;
  readonly lines: number;
  readonly fault: { readonly file: string; readonly line: number; readonly kind: string } | null;
  readonly checkpoints: {
    readonly good: number;
    readonly otherKey: number;
    readonly lastGood: { readonly line: number } | null;
  };
}
const reportOf = async (sandbox: Sandbox): Promise<Report> =>
  JSON.parse((await verify(sandbox, "--json")).stdout.toString()) as Report;

const lines = (sandbox: Sandbox): string[] =>
  readFileSync(join(sandbox.home, CURRENT), "utf8").trimEnd().split("\n");

it("audit shows a fetch, unlocked, locked and after the agent has ended", async () => {
  await using agent = await Fetched.start();
  const { sandbox, rule } = agent;
  await sandbox.agent(["get", "bank/other"]);
  const shown = async (...more: readonly string[]): Promise<string[]> =>
    (await sandbox.ok(["audit", "--verb", "get", ...more])).stdout.toString().trimEnd().split("\n");
  const unlocked = await shown();
  expect(unlocked[0]).toMatch(
    new RegExp(`get bank/login +allowed {2}rule ${rule} {2}/.*node.* {2}pid \\d+$`),
  );
  expect(unlocked[1]).toMatch(/get bank\/other +denied/);
  expect(await shown("--denied")).toEqual([unlocked[1]]);
  await sandbox.ok(["lock"]);
  expect(await shown()).toEqual(unlocked);
  await sandbox.ok(["stop"]);
  expect(await shown()).toEqual(unlocked);
});

it("show tells the last fetch", async () => {
  await using agent = await Fetched.start();
  const { sandbox, rule } = agent;
  await sandbox.set("never/used", "value");
  const show = async (name: string): Promise<string> =>
    (await sandbox.ok(["show", name], { passphrase: PASSPHRASE })).stdout.toString();
  const who = OWN_UID === 0 ? "root \\(0\\)" : ".*";
  expect(await show("bank/login")).toMatch(
    new RegExp(`\nlast fetch: \\d{4}-\\S+ by ${who}, pid \\d+, rule ${rule}\n$`),
  );
  expect(await show("never/used")).toContain("\nlast fetch: never\n");
  await sandbox.ok(["get", "bank/login", "--admin"], { passphrase: PASSPHRASE });
  expect(await show("bank/login")).toMatch(/, as an administrator\n$/);
  const json = await sandbox.ok(["show", "bank/login", "--json"], { passphrase: PASSPHRASE });
  expect(JSON.parse(json.stdout.toString())).toMatchObject({
    lastFetch: { uid: OWN_UID, rule: null, admin: true, time: expect.any(String) as unknown },
  });
});

it("B112: verify vouches for what the agent wrote, and names the first line that was changed since", async () => {
  await using agent = await Fetched.start();
  const { sandbox } = agent;
  const good = await verify(sandbox);
  expect(good.stderr).toBe("");
  expect(good.status).toBe(0);
  expect(good.stdout.toString()).toMatch(
    /^the chain is unbroken: \d+ lines in 1 file\na good checkpoint vouches for every line up to audit\.jsonl line \d+ \(/,
  );
  const kept = lines(sandbox);
  tamper(sandbox.home, CURRENT, (all) =>
    all.map((line, i) => (i === 3 ? line.replace("allowed", "allowee") : line)),
  );
  const { status, stderr } = await verify(sandbox);
  expect(status).toBe(1);
  expect(stderr).toContain(`agent: error: audit verify: ${CURRENT} line 4 does not follow`);
  expect(kept.length).toBeGreaterThan(4);
});

it("B112: a forged checkpoint: everything after the beginning was made anew", async () => {
  await using agent = await Fetched.start();
  const { sandbox } = agent;
  await sandbox.ok(["stop"]);
  const { chained } = await import("../../packages/agent/src/audit/chain.ts");
  const all = lines(sandbox);
  let head: Buffer = Buffer.from(/"chain":"([0-9a-f]{64})"\}$/.exec(all[0] ?? "")?.[1] ?? "", "hex");
  const forged = all.slice(1).map((line) => {
    const { chain: _chain, ...record } = JSON.parse(line.replace("bank/login", "bank/other")) as Record<
      string,
      unknown
    >;
    const next = chained(head, JSON.stringify(record));
    head = next.head;
    return next.line.toString();
  });
  writeFileSync(join(sandbox.home, CURRENT), `${all[0] ?? ""}\n${forged.join("")}`);
  await sandbox.ok(["start"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  const first = all.findIndex((line) => line.includes('"verb":"checkpoint"') && all.indexOf(line) > 3);
  const { ok, fault } = await reportOf(sandbox);
  expect(ok).toBe(false);
  expect(fault).toMatchObject({ file: CURRENT, kind: "checkpoint" });
  expect(fault?.line).toBeLessThanOrEqual(first + 1);
});

it("verify says what it rests on while the agent is locked, and after a slot was removed", async () => {
  await using agent = await Fetched.start();
  const { sandbox } = agent;
  await sandbox.ok(["lock"]);
  const locked = await sandbox.ok(["audit", "verify"]);
  expect(locked.stderr).toContain("agent: warning: only the chain was checked (the agent is locked)");
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  const before = await reportOf(sandbox);
  expect(before).toMatchObject({ ok: true, checkpoints: { otherKey: 0 } });
  const added = await sandbox.ok(["slot", "add", "--recovery", "--json"], { passphrase: PASSPHRASE });
  const { slot } = JSON.parse(added.stdout.toString()) as { slot: string };
  await sandbox.ok(["slot", "remove", slot], { passphrase: PASSPHRASE });
  const after = await reportOf(sandbox);
  expect(after).toMatchObject({ ok: true, fault: null });
  expect(after.checkpoints.otherKey).toBeGreaterThan(0);
  expect(after.checkpoints.lastGood?.line).toBeGreaterThan(before.lines);
});

it("B112: last lines cut off while the agent runs: it notices, and so does verify once it goes on", async () => {
  await using agent = await Fetched.start();
  const { sandbox } = agent;
  const left = lines(sandbox).length - 2;
  tamper(sandbox.home, CURRENT, (all) => all.slice(0, left));
  const failing = await verify(sandbox);
  expect(failing.status).toBe(1);
  expect(failing.stderr).toContain(`agent: error: audit verify: ${CURRENT} is not as the agent left it`);
  await sandbox.agent(["unlock"], { passphrase: PASSPHRASE });
  const { status, stderr } = await verify(sandbox);
  expect(status).toBe(1);
  expect(stderr).toContain(
    `${fileName(1)} line ${left + 1} is missing or incomplete: the end of the file was cut off`,
  );
});
