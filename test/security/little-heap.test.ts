/** A vault that is too big for the heap refuses to open or ends the agent; neither leaves anything on the disk. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fillHome } from "../../scripts/bench/fill-home.mjs";
import { DirectAgent } from "../support/direct-agent.ts";
import { formsOf } from "../support/memory-scan.ts";
import { Sandbox } from "../support/sandbox.ts";

const COUNT = 40_000;
const HEAP_MIB = 24;
const PASSPHRASE = randomBytes(18).toString("base64url");
const VALUE = randomBytes(18);

it("B75: too little heap for the vault: no core, no report, no snapshot, and the secret nowhere on the disk", async () => {
  await using sandbox = new Sandbox();
  await fillVault(sandbox);
  const before = filesBelow(sandbox.folder);
  {
    const flags = [`--max-old-space-size=${String(HEAP_MIB)}`];
    await using agent = await DirectAgent.start(sandbox, ["--unhardened"], {}, flags);
    const { status } = await sandbox.agent(["unlock"], { passphrase: PASSPHRASE });
    expect(status, "an answer, or the end of the agent").not.toBe(0);
    const [exit, signal] = await agent.ended();
    expect([exit, signal], "V8 ends a process that is out of memory").toEqual([
      null,
      expect.stringMatching(/SIGABRT|SIGTRAP|SIGILL/),
    ]);
    for (const form of [...formsOf(VALUE), ...formsOf(Buffer.from(PASSPHRASE))])
      expect(agent.said.includes(form.toString("latin1"))).toBe(false);
  }
  const left = filesBelow(sandbox.folder).filter((path) => !before.includes(path));
  const own = ["agent.sock", "agent.sock.lock", "audit.jsonl", "vault.lock"].map((name) =>
    join(sandbox.home, name),
  );
  expect(left.filter((path) => !own.includes(path))).toEqual([]);
  expect(readdirSync("/").filter((name) => /^core|^report\.|snapshot$/.test(name))).toEqual([]);
  expectNowhere(sandbox);

  await sandbox.ok(["start"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  const got = await sandbox.ok(["get", "canary", "--admin"], { passphrase: PASSPHRASE });
  expect(got.stdout.equals(VALUE), "with enough it opens").toBe(true);
});

async function fillVault(sandbox: Sandbox): Promise<void> {
  rmSync(sandbox.home, { recursive: true });
  const uid = process.getuid?.() ?? 0;
  await fillHome(sandbox.home, { count: COUNT, valueBytes: 24, passphrase: PASSPHRASE, uid });
  await sandbox.ok(["start"]);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  await sandbox.ok(["set", "canary", "--stdin"], { input: VALUE, passphrase: PASSPHRASE });
  await sandbox.ok(["stop"]);
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));

function expectNowhere(sandbox: Sandbox): void {
  for (const path of filesBelow(sandbox.folder).filter((file) => statSync(file).isFile())) {
    const bytes = readFileSync(path);
    for (const form of [...formsOf(VALUE), ...formsOf(Buffer.from(PASSPHRASE))])
      expect(bytes.includes(form), path).toBe(false);
  }
}
