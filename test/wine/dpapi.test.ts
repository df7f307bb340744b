import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { needsWine, PASSPHRASE, WineSandbox } from "./wine.ts";

let sandbox: WineSandbox;
beforeAll(async () => {
  if (inject("noWine") === "") sandbox = await WineSandbox.start();
});
afterAll(async () => {
  if (inject("noWine") === "") await sandbox[Symbol.asyncDispose]();
});
beforeEach((context) => needsWine(context));

describe("a slot kept by DPAPI", () => {
  it("is not there by default, and a lock then takes a passphrase", async () => {
    const test = await sandbox.agent(["slot", "test", "--dpapi"]);
    expect([test.status, test.stderr]).toEqual([4, expect.stringContaining("Windows keeps no key")]);
    await sandbox.ok(["lock"]);
    const { status, stderr } = await sandbox.agent(["unlock"]);
    expect([status, stderr]).toEqual([7, expect.stringContaining("a passphrase is needed")]);
    await sandbox.ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
  });

  it.each(["user", "machine"])(
    "%s: opens the vault without a passphrase, and says what that costs",
    async (scope) => {
      await sandbox.ok(["set", "a/b", "--stdin"], "kept");
      const added = await sandbox.ok(["slot", "add", "--dpapi", scope, "--label", "this machine"]);
      const slot = added.stdout.trim();
      expect(added.stderr).toContain("warning: ");
      expect(added.stderr).toContain("can open the vault without a passphrase from now on");
      const listed = (await sandbox.ok(["slot", "list"])).stdout;
      expect(listed).toMatch(new RegExp(`${slot} +dpapi-${scope} +argon2id 64 MiB x 3 +this machine`));
      expect((await sandbox.ok(["slot", "test", "--dpapi"])).stdout.trim()).toBe(slot);
      await sandbox.ok(["lock"]);
      await sandbox.ok(["unlock"]);
      const unlocked = sandbox.auditRecords().findLast(({ verb }) => verb === "unlock");
      expect(unlocked).toMatchObject({ result: "allowed", note: `kept slot ${slot}` });
      // It has opened the vault, and proved nothing: what an administrator does takes the passphrase.
      const get = await sandbox.agent(["get", "a/b", "--admin"]);
      expect([get.status, get.stdout]).toEqual([7, ""]);
      await sandbox.ok(["slot", "remove", slot, "--passphrase-fd", "0"], PASSPHRASE);
      expect((await sandbox.ok(["get", "a/b", "--admin"])).stdout).toBe("kept");
    },
  );

  it("opens it for an agent that was started anew", async () => {
    await sandbox.ok(["slot", "add", "--dpapi", "user"]);
    await sandbox.ok(["stop"]);
    await sandbox.ok(["start"]);
    await sandbox.ok(["unlock", "--ttl", "1h"]);
    const status = JSON.parse((await sandbox.ok(["status", "--json"])).stdout) as {
      state: string;
      locksAt: string;
    };
    expect(status.state).toBe("unlocked");
    expect(Date.parse(status.locksAt)).toBeGreaterThan(Date.now());
  });

  it("is never the last, and takes no other way of opening beside it", async () => {
    const { slots } = JSON.parse(
      (await sandbox.ok(["slot", "list", "--json", "--passphrase-fd", "0"], PASSPHRASE)).stdout,
    ) as { slots: { id: string; kind: string }[] };
    const typed = slots.find(({ kind }) => kind === "passphrase")?.id ?? "";
    const last = await sandbox.agent(["slot", "remove", typed]);
    expect([last.status, last.stderr]).toEqual([
      9,
      expect.stringContaining("the last passphrase or recovery code"),
    ]);
    const both = await sandbox.agent(["slot", "add", "--dpapi", "user", "--recovery"]);
    expect(both.status).toBe(2);
  });
});

describe("what DPAPI is given", () => {
  it("comes back for the same vault and slot only, unspoilt, and is not readable in between", async () => {
    const { stdout, stderr } = await sandbox.script("dpapi.mjs").ended;
    expect(stderr).toBe("");
    for (const scope of ["user", "machine"])
      expect(JSON.parse(stdout)).toMatchObject({
        [scope]: {
          same: true,
          otherContext: false,
          spoilt: false,
          otherLength: false,
          holdsKey: false,
          fits: true,
        },
      });
  });

  it("leaves no copy of the key in what Windows had allocated", async () => {
    const { stdout, stderr } = await sandbox.script("dpapi-memory.mjs").ended;
    expect([stderr, stdout.trim()]).toEqual(["", "wiped"]);
  });

  it("is not in the vault as it was", () => {
    const vault = readFileSync(join(sandbox.homeHere, "vault"));
    expect(vault.readUInt8(65)).toBe(2);
    expect(vault.readUInt8(90 + 243)).toBe(17);
  });
});
