/** `show` says when a secret was last given out, to whom and by which rule, also after a restart and rotations. */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const NAME = "job/secret";

async function lastFetch(asker: Asker, name = NAME): Promise<unknown> {
  const found = (await asker.must("show", { name })).header.get("lastFetch");
  return found instanceof Map ? (Object.fromEntries(found) as unknown) : found;
}

it("the last fetch is told, from memory and from the files of an agent before", async () => {
  await using sandbox = await Sandbox.start();
  const uid = process.getuid?.() ?? 0;
  const began = Date.now();
  const mine = { uid, pid: process.pid };
  let rule: unknown;
  {
    using asker = await Asker.proved(sandbox.socket, PASSPHRASE);
    await asker.must("set", { name: NAME }, Buffer.from("a value"));
    expect(await lastFetch(asker)).toBeNull();
    rule = (await asker.must("grant", { selector: NAME, may: ["get"], uids: [uid] })).header.get("rule");
    await asker.must("get", { name: NAME, admin: true });
    expect(await lastFetch(asker)).toEqual({ ...mine, time: expect.any(Number) as unknown });
    await asker.must("get", { name: NAME });
  }
  await sandbox.ok(["stop"]);
  renameSync(join(sandbox.home, "audit.jsonl"), join(sandbox.home, "audit-000001.jsonl"));
  await sandbox.ok(["start"]);
  using asker = await Asker.open(sandbox.socket);
  await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  const found = (await lastFetch(asker)) as { time: number };
  expect(found).toEqual({ ...mine, rule, time: found.time });
  expect(found.time).toBeGreaterThanOrEqual(began);
  expect(found.time).toBeLessThanOrEqual(Date.now());
  await asker.must("set", { name: "job/other" }, Buffer.from("a value"));
  expect(await lastFetch(asker, "job/other")).toBeNull();
});
