// @ts-nocheck
import { it } from "vitest";
import { readFileSync } from "node:fs";
import { Asker } from "../support/asker.ts";
import { Sandbox, PASSPHRASE } from "../support/sandbox.ts";
import { keysOfVault } from "../support/vault-keys.ts";
import { where } from "/tmp/bb_where.mjs";
it("where", async () => {
  await using sandbox = await Sandbox.start();
  const pid = await sandbox.pid();
  const keys = await keysOfVault(sandbox.home, PASSPHRASE);
  const show = (t) => { for (const [n, k] of Object.entries(keys)) console.log(t, n, JSON.stringify(where(pid, k), null, 1)); };
  show("after init");
  using a = await Asker.open(sandbox.socket);
  await a.must("lock"); show("locked");
  for (let i = 0; i < 4; i++) { await a.must("unlock", {}, Buffer.from(PASSPHRASE)); await a.must("lock"); }
  show("4 unlocks");
  for (const t of (await import("node:fs")).readdirSync(`/proc/${pid}/task`)) console.log(t, readFileSync(`/proc/${pid}/task/${t}/comm`,"utf8").trim(), readFileSync(`/proc/${pid}/task/${t}/stat`,"utf8").split(" ")[27]);
});
