import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { needsWine, NODE, PASSPHRASE, windowsPath, WineSandbox } from "./wine.ts";

let sandbox: WineSandbox;
beforeAll(async () => {
  if (inject("noWine") === "") sandbox = await WineSandbox.start();
});
afterAll(async () => {
  if (inject("noWine") === "") await sandbox[Symbol.asyncDispose]();
});
beforeEach((context) => needsWine(context));

const OWN = /^S-1-5-21-\d+-\d+-\d+-\d+$/;

describe("one agent under Wine", () => {
  it("holds its secrets in locked memory, and says so", async () => {
    const { stdout } = await sandbox.ok(["status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ state: "unlocked", memory: "locked", unlockedByUid: null });
    expect((JSON.parse(stdout) as { unlockedBySid: string }).unlockedBySid).toMatch(OWN);
  });

  it("gives a job what its rule allows, by command line and library, and nothing else", async () => {
    await sandbox.ok(["set", "bank/login", "--stdin"], "v4lue");
    expect((await sandbox.agent(["get", "bank/login"])).status).toBe(4);
    const sid = (JSON.parse((await sandbox.ok(["status", "--json"])).stdout) as { unlockedBySid: string })
      .unlockedBySid;
    await sandbox.ok(["grant", "bank/login", "--sid", sid]);
    expect((await sandbox.ok(["get", "bank/login"])).stdout).toBe("v4lue");
    const job = await sandbox.script("fetch.mjs", "bank/login").ended;
    expect([job.stdout.trim(), job.stderr]).toEqual(["value v4lue", ""]);
  });

  it("refuses the account of another SID", async () => {
    await sandbox.ok(["set", "other/secret", "--stdin"], "not yours");
    await sandbox.ok(["grant", "other/**", "--sid", "S-1-5-18"]);
    const { status, stdout } = await sandbox.agent(["get", "other/secret"]);
    expect([status, stdout]).toEqual([4, ""]);
    const denied = sandbox.auditRecords().findLast(({ name }) => name === "other/secret");
    expect(denied).toMatchObject({ verb: "get", result: "denied" });
  });

  it("makes rules by SID and by name, and none that it could not enforce", async () => {
    const rule = (await sandbox.ok(["grant", "named/**", "--user", String.raw`BUILTIN\Administrators`]))
      .stdout;
    const { stdout } = await sandbox.ok(["rules", "--json"]);
    expect(stdout).toContain(rule.trim());
    expect(stdout).toContain(String.raw`"sid":"S-1-5-32-544","name":"BUILTIN\\Administrators"`);
    for (const foreign of [
      ["--uid", "1000"],
      ["--gid", "5"],
      ["--unit", "backup"],
    ]) {
      const refused = await sandbox.agent(["grant", "named/**", ...foreign]);
      expect([foreign, refused.status]).toEqual([foreign, 2]);
      expect(refused.stderr).toContain("names somebody as another system does");
    }
    const nobody = await sandbox.agent(["grant", "named/**", "--user", "nobody-of-this-name"]);
    expect([nobody.status, nobody.stderr.split("\n")[0]]).toEqual([
      2,
      "agent: error: grant named/**: there is no account of that name on this machine",
    ]);
  });

  it("puts SID, session and program on record, and no number that stands for a SID", () => {
    const records = sandbox.auditRecords().filter(({ peer }) => peer === undefined);
    expect(records.length).toBeGreaterThan(5);
    for (const record of records) {
      expect(record["sid"]).toMatch(OWN);
      expect(record["session"]).toEqual(expect.any(Number));
      expect(record).not.toHaveProperty("uid");
    }
    expect(records.some(({ exe }) => /\\node\.exe$/.test(String(exe)))).toBe(true);
  });

  it("the audit is shown and verified", async () => {
    expect((await sandbox.ok(["audit", "--denied"])).stdout).toMatch(/S-1-5-21-.*get other\/secret +denied/);
    expect((await sandbox.ok(["audit", "verify"])).status).toBe(0);
  });

  it("narrows to a program by the file that it is", async () => {
    const { pid } = process;
    const mine = windowsPath(NODE);
    const other = String.raw`C:\windows\system32\cmd.exe`;
    const { unlockedBySid: sid } = JSON.parse((await sandbox.ok(["status", "--json"])).stdout) as {
      unlockedBySid: string;
    };
    for (const name of ["exe/mine", "exe/other"]) await sandbox.ok(["set", name, "--stdin"], String(pid));
    const plain = await sandbox.agent(["grant", "exe/mine", "--sid", sid, "--exe", mine]);
    expect([plain.status, plain.stderr]).toEqual([2, expect.stringContaining("is an interpreter")]);
    await sandbox.ok(["grant", "exe/mine", "--sid", sid, "--exe", mine, "--allow-interpreter"]);
    await sandbox.ok(["grant", "exe/other", "--sid", sid, "--exe", other, "--allow-interpreter"]);
    expect((await sandbox.agent(["get", "exe/mine"])).status).toBe(0);
    expect((await sandbox.agent(["get", "exe/other"])).status).toBe(4);
  });

  it("the pipe has the owner and the access list that were asked for", async () => {
    const { stdout, stderr } = await sandbox.script("pipe.mjs").ended;
    const { found, asked } = JSON.parse(stdout || stderr) as Record<
      "found" | "asked",
      { entries: unknown[] }
    >;
    expect(found).toEqual(asked);
    expect(found).toMatchObject({ owner: expect.stringMatching(OWN) as string, protected: true });
    expect(found.entries).toEqual([
      { kind: "deny", flags: 0, mask: 0x1f01ff, sid: "S-1-5-2" },
      { kind: "allow", flags: 0, mask: 0x1f01ff, sid: "S-1-5-18" },
      { kind: "allow", flags: 0, mask: 0x1f01ff, sid: expect.stringMatching(OWN) as string },
      { kind: "allow", flags: 0, mask: 0x120183, sid: "S-1-5-11" },
    ]);
  });

  it("lets no process of the same user read its memory, or start threads in it", async () => {
    const { stdout, stderr } = await sandbox.script("peek.mjs", String(await sandbox.pid())).ended;
    expect(stderr).toBe("");
    // Wine does not know OWNER RIGHTS: on Windows the right to change the list is refused too (docs/WINDOWS.md).
    expect(JSON.parse(stdout)).toEqual({ opened: ["changeAccess", "look"] });
  });

  it("answers busy when one account has as many connections as it may", async () => {
    const { stdout, stderr } = await sandbox.script("crowd.mjs").ended;
    expect(stderr).toBe("");
    const ends = JSON.parse(stdout) as string[];
    expect([ends.filter((end) => end === "served").length, ends.slice(32)]).toEqual([32, ["busy", "busy"]]);
  });

  it("lets no second agent serve its home or its pipe", async () => {
    const second = await sandbox.agent(["start"]);
    expect([second.status, second.stderr]).toEqual([1, expect.stringContaining("already running")]);
  });

  it("refuses a wrong passphrase", async () => {
    await sandbox.ok(["lock"]);
    const { status } = await sandbox.agent(["unlock", "--passphrase-fd", "0"], "not the passphrase");
    expect(status).toBe(7);
    expect((await sandbox.agent(["get", "bank/login"])).status).toBe(3);
    await sandbox.ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
    expect((await sandbox.ok(["get", "bank/login"])).stdout).toBe("v4lue");
  });

  it("leaks no handle over 1,000 connections", async () => {
    const { stdout, stderr } = await sandbox.script("many.mjs", "1000").ended;
    expect(stderr).toBe("");
    const { done, before, after } = JSON.parse(stdout) as Record<"done" | "before" | "after", number>;
    expect(done).toBeGreaterThanOrEqual(1000);
    expect(after - before).toBeLessThanOrEqual(2);
  });
});

it("cuts off what a failed write of the audit has left, and goes on", async () => {
  await using fresh = new WineSandbox();
  const { stdout, stderr } = await fresh.script("audit-cut.mjs").ended;
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    ...{ first: true, failed: false, left: "one\n", next: true, all: "one\ntwo\n" },
    rights: [false, true], // of the handle that appends, and of the one that cuts
  });
});

describe("a token file", () => {
  let token: string;
  const file = (): string => join(sandbox.folder, "token");
  const get = (): ReturnType<WineSandbox["agent"]> =>
    sandbox.agent(["get", "tok/en", "--token-file", windowsPath(file())]);
  beforeAll(async () => {
    if (inject("noWine") !== "") return;
    await sandbox.ok(["set", "tok/en", "--stdin"], "of a token");
    token = (await sandbox.ok(["token", "new", "nightly"])).stdout.trim();
    await sandbox.ok(["grant", "tok/en", "--token", "nightly"]);
  });

  it("of ours alone is taken, without the newline", async () => {
    writeFileSync(file(), `${token}\n`, { mode: 0o600 });
    chmodSync(file(), 0o600);
    expect(await get()).toMatchObject({ status: 0, stdout: "of a token" });
    expect((await sandbox.agent(["get", "tok/en"])).status).toBe(4);
  });

  it("that others may read or change is refused, by its access list", async () => {
    for (const mode of [0o644, 0o604, 0o602]) {
      chmodSync(file(), mode);
      const { status, stdout, stderr } = await get();
      expect([mode, status, stdout]).toEqual([mode, 2, ""]);
      expect(stderr).toContain("the token file is open to others");
      expect(stderr).toContain("icacls");
    }
  });
});

it("says of what needs Linux that it is not there", async () => {
  const { status, stderr } = await sandbox.agent(["render", "template"]);
  expect([status, stderr]).toEqual([2, "agent: error: agent render is not there on this system\n"]);
});

describe("the home", () => {
  it("is made closed to everybody else, and read back", async () => {
    await using fresh = new WineSandbox();
    await fresh.ok(["start"]);
    expect(statSync(fresh.homeHere).mode & 0o777).toBe(0o700); // what Wine makes of the access list
  });

  it("is refused where others may look into it", async () => {
    await using open = new WineSandbox();
    mkdirSync(open.homeHere, { mode: 0o700 });
    chmodSync(open.homeHere, 0o755);
    const { status, stderr } = await open.agent(["start"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("others may look into the home")]);
  });

  it("a configuration that others may change is refused", async () => {
    await using open = new WineSandbox();
    mkdirSync(open.homeHere, { mode: 0o700 });
    const config = join(open.homeHere, "config.json");
    writeFileSync(config, "{}");
    chmodSync(config, 0o666);
    const { status, stderr } = await open.agent(["start"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("could be written by someone else")]);
  });
});
