import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { needsWine, PASSPHRASE, WineSandbox } from "./wine.ts";

beforeEach((context) => needsWine(context));

const STRANGER = "S-1-5-21-1-2-3-1001";

describe("who serves the pipe", () => {
  it("a client sends nothing to a pipe that belongs to somebody else, and no agent starts on it", async () => {
    await using sandbox = new WineSandbox();
    const squatter = sandbox.script("squat.mjs", STRANGER);
    try {
      await squatter.said("squatting");
      const refused = await sandbox.agent(["status"]);
      expect([refused.status, refused.stderr]).toEqual([6, expect.stringContaining("nothing was sent")]);
      const start = await sandbox.agent(["start"]);
      expect([start.status, start.stderr]).toEqual([1, expect.stringContaining("already running at")]);
    } finally {
      squatter.child.kill("SIGKILL");
      await squatter.ended;
    }
    await sandbox.ok(["start"]);
  });
});

it("a peer that is not there any more when its bytes are read gets nothing, and the audit says unconfirmed", async () => {
  await using sandbox = await WineSandbox.start();
  const client = sandbox.script("leaves.mjs");
  await client.said("connected");
  await sandbox.ok(["status"]); // came later and was served: the other one has been looked at
  sandbox.signal("SIGSTOP");
  writeFileSync(`${sandbox.homeHere}.go`, "");
  await client.ended;
  sandbox.signal("SIGCONT");
  const unconfirmed = (): unknown => sandbox.auditRecords().find(({ note }) => note === "unconfirmed");
  for (let i = 0; i < 200 && unconfirmed() === undefined; i++) await sleep(50);
  expect(unconfirmed()).toMatchObject({ verb: "connect", result: "denied" });
  expect((await sandbox.ok(["status"])).stdout).toContain("state: unlocked");
});

describe("killed processes", () => {
  it("a client that is killed in the middle of a frame costs nobody else anything", async () => {
    await using sandbox = await WineSandbox.start();
    for (let i = 0; i < 3; i++) {
      const client = sandbox.script("hang.mjs");
      await client.said("hanging");
      client.child.kill("SIGKILL");
      await client.ended;
    }
    expect((await sandbox.ok(["status"])).stdout).toContain("state: unlocked");
  });

  it("an agent that is killed leaves nothing that keeps the next one from its vault", async () => {
    await using sandbox = await WineSandbox.start();
    await sandbox.ok(["set", "a/b", "--stdin"], "kept");
    await sandbox.ok(["lock"]);
    const waiting = sandbox.script("waits.mjs");
    await waiting.said("connected");
    await sandbox.kill();
    expect((await waiting.ended).stdout).toContain("ended unreachable");
    expect((await sandbox.agent(["status"])).status).toBe(5);
    await sandbox.ok(["start"]);
    await sandbox.ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
    expect((await sandbox.ok(["get", "a/b", "--admin"])).stdout).toBe("kept");
    expect((await sandbox.ok(["audit", "verify"])).status).toBe(0);
  });
});
