/** On Linux: slots whose key Windows keeps are told apart, and not made. */
import { copyFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

/** Its slots: two passphrases, a recovery code, and one kept for an account and for a machine each. */
const FROM_WINDOWS = fileURLToPath(new URL("../vectors/vaults/accept-dpapi.vault", import.meta.url));
const ITS_PASSPHRASE = "vector passphrase";

it("a vault from Windows opens with its passphrase, and its slots say where else they open", async () => {
  await using sandbox = await Sandbox.start({ init: false });
  const vault = join(sandbox.home, "vault");
  copyFileSync(FROM_WINDOWS, vault);
  chmodSync(vault, 0o600);
  await sandbox.ok(["stop"]);
  await sandbox.ok(["start"]);
  const alone = await sandbox.agent(["unlock"]);
  expect([alone.status, alone.stderr]).toEqual([7, expect.stringContaining("a passphrase is needed")]);
  await sandbox.ok(["unlock"], { passphrase: ITS_PASSPHRASE });
  const { stdout } = await sandbox.ok(["slot", "list"], { passphrase: ITS_PASSPHRASE });
  expect(stdout.toString()).toMatch(/ dpapi-user \(opens on Windows only\) .* batch\n/);
  expect(stdout.toString()).toMatch(/ dpapi-machine \(opens on Windows only\) /);
  expect(stdout.toString()).toMatch(/ passphrase +argon2id/);
});

it("Windows' keeping of keys is refused in plain words, and not asked for by agent unlock", async () => {
  await using sandbox = await Sandbox.start();
  for (const args of [
    ["slot", "add", "--dpapi", "user"],
    ["slot", "add", "--dpapi", "machine"],
    ["slot", "test", "--dpapi"],
  ]) {
    const { status, stdout, stderr } = await sandbox.agent(args, { passphrase: PASSPHRASE });
    expect([status, stdout.toString()]).toEqual([2, ""]);
    expect(stderr).toContain("--dpapi is for Windows: DPAPI, which keeps the key, is a part of it");
  }
  const { status, stderr } = await sandbox.agent(["slot", "add", "--dpapi", "everybody"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("--dpapi takes user or machine")]);
});

it("an agent here keeps no key, whoever asks it to, and says so", async () => {
  await using sandbox = await Sandbox.start();
  using asker = await Asker.open(sandbox.socket);
  expect(codeOf(await asker.ask("slot-test", { kept: true }))).toBe("not-found");
  expect(codeOf(await asker.ask("slot-test", { kept: true }, Buffer.from("x")))).toBe("bad-request");
  expect(codeOf(await asker.ask("slot-test", { kept: true, recovery: true }))).toBe("bad-request");
  await asker.must("auth", {}, Buffer.from(PASSPHRASE));
  expect(codeOf(await asker.ask("slot-add", { kind: "dpapi-user" }))).toBe("bad-request");
  await asker.must("lock");
  expect(codeOf(await asker.ask("unlock", { kept: true }))).toBe("not-found");
  expect(codeOf(await asker.ask("unlock", { kept: true, acceptRollback: true }))).toBe("bad-request");
  expect(codeOf(await asker.ask("unlock", { kept: true, upgradeKdf: true }))).toBe("bad-request");
});
