/** `agent doctor` on this machine: each misconfiguration is made for real, found, and mended by the very command that it names. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { doctor } from "../support/doctor.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const OTHER_USER = 64_139;

describe("agent doctor", () => {
  it("finds nothing that fails where nothing is wrong, and asks for no passphrase", async () => {
    await using sandbox = await Sandbox.start();
    const report = await doctor(sandbox);
    expect(report.checks.filter(({ result }) => result === "fail")).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(40);
    for (const check of ["home", "vault", "config", "audit-file", "audit", "socket", "agent", "agent-flags"])
      expect(report.of(check)?.result, check).toBe("ok");
    expect(report.of("agent")?.found).toMatch(/^unlocked/);
  });

  it("needs no agent, and no home", async () => {
    await using sandbox = new Sandbox();
    rmSync(sandbox.home, { recursive: true });
    const report = await doctor(sandbox);
    expect(report.status).toBe(0);
    expect(report.checks.length).toBeGreaterThanOrEqual(20);
    expect(report.of("home")).toMatchObject({
      result: "warn",
      remedy: expect.stringMatching(/^agent start/) as string,
    });
    expect(report.of("agent")).toMatchObject({ result: "warn", remedy: "agent start; agent init" });
  });

  it("prints one line a check with its remedy, without colours, and with --quiet only what is wrong", async () => {
    await using sandbox = new Sandbox();
    chmodSync(sandbox.home, 0o755);
    const { stdout, stderr, status } = await sandbox.agent(["doctor"]);
    expect(status).toBe(1);
    const lines = stdout.toString().trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(20);
    for (const line of lines) expect(line).toMatch(/^(?:ok {4}|(?:warn|fail) {2})[a-z-]+ +\S/);
    expect(lines).toContainEqual(expect.stringMatching(`^fail  home  .* -> chmod 700 ${sandbox.home}$`));
    expect(stderr).toMatch(/^agent: \d+ checks: 1 fail, \d+ warn\n$/);
    const quiet = await sandbox.agent(["doctor", "--quiet"]);
    expect(quiet).toMatchObject({ status: 1, stderr: "" });
    expect(quiet.stdout.toString()).toMatch(/^(?:(?:warn|fail) .*\n)+$/);
  });

  it("changes nothing", async () => {
    await using sandbox = await Sandbox.start();
    const before = tree(sandbox.home);
    await doctor(sandbox);
    expect(tree(sandbox.home)).toBe(before);
  });
});

/** Names, modes, owners, sizes and times. */
const tree = (folder: string): string =>
  execFileSync("find", [folder, "-printf", "%p %m %U %s %T@ %n\n"], { encoding: "utf8" });

interface Seeded {
  readonly check: string;
  readonly seed: (home: string) => void;
  readonly found: RegExp;
  readonly result?: "warn";
}

/** Each is mended by running its remedy in a shell, as who reads it would. */
const MENDED: readonly Seeded[] = [
  { check: "home", seed: (home) => chmodSync(home, 0o750), found: /mode 0750/ },
  { check: "vault", seed: (home) => chmodSync(join(home, "vault"), 0o640), found: /mode 0640/ },
  { check: "vault-backup", seed: (home) => chmodSync(join(home, "vault.bak"), 0o644), found: /mode 0644/ },
  {
    check: "vault-backup",
    seed: (home) => unlinkSync(join(home, "vault.bak")),
    found: /missing/,
    result: "warn",
  },
  { check: "last-seen", seed: (home) => chmodSync(join(home, "last-seen"), 0o666), found: /mode 0666/ },
  { check: "config", seed: (home) => chmodSync(join(home, "config.json"), 0o666), found: /mode 0666/ },
  {
    check: "audit-file",
    seed: (home) => chmodSync(join(home, "audit.jsonl"), 0o640),
    found: /0640, not 0600/,
  },
  {
    check: "home-files",
    seed: (home) => chmodSync(join(home, "agent.log"), 0o644),
    found: /mode 0644/,
    result: "warn",
  },
  {
    check: "home-files",
    seed: (home) => symlinkSync("/etc", join(home, "x")),
    found: /symbolic link/,
    result: "warn",
  },
  { check: "home-path", seed: (home) => chmodSync(join(home, ".."), 0o777), found: /others may write/ },
];

describe("modes and owners, mended by the remedy", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await Sandbox.start();
    await sandbox.set("a/b", "1"); // a second save makes the backup
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  it.each(MENDED)("$check: $found", async ({ check, seed, found, result = "fail" }) => {
    expect((await doctor(sandbox)).of(check)?.result).toBe("ok");
    seed(sandbox.home);
    await mends(sandbox, check, { result, found: expect.stringMatching(found) as string });
  });

  it.for([
    ["home", ""],
    ["vault", "vault"],
    ["config", "config.json"],
    ["audit-file", "audit.jsonl"],
  ] as const)("%s of another user", async ([check, name], context) => {
    needsRoot(context);
    chownSync(join(sandbox.home, name), OTHER_USER, 0);
    await mends(sandbox, check, {
      result: "fail",
      found: expect.stringContaining(`uid ${OTHER_USER}`) as string,
    });
  });
});

/** What was found is gone after its remedy has run in a shell. */
async function mends(sandbox: Sandbox, check: string, expected: object): Promise<void> {
  const finding = (await doctor(sandbox)).of(check);
  expect(finding).toMatchObject(expected);
  execFileSync("sh", ["-c", finding?.remedy ?? "false"]);
  expect((await doctor(sandbox)).of(check)?.result, finding?.remedy ?? "").toBe("ok");
}

describe("files", () => {
  it("a home of another user, and no agent", async (context) => {
    needsRoot(context);
    await using sandbox = new Sandbox();
    for (const path of [sandbox.home, join(sandbox.home, "config.json")]) chownSync(path, OTHER_USER, 0);
    const finding = (await doctor(sandbox)).of("home");
    expect(finding).toMatchObject({
      result: "fail",
      remedy: expect.stringMatching(/^chown -R 0 /) as string,
    });
  });

  it("a home that is a symbolic link", async () => {
    await using sandbox = new Sandbox();
    renameSync(sandbox.home, `${sandbox.home}.real`);
    symlinkSync(`${sandbox.home}.real`, sandbox.home);
    expect((await doctor(sandbox)).of("home")).toMatchObject({
      result: "fail",
      remedy: `agent start --home ${sandbox.home}.real`,
    });
  });

  it("a config.json that is no JSON: the line, and nothing of its content", async () => {
    await using sandbox = new Sandbox();
    writeFileSync(join(sandbox.home, "config.json"), '{\n "hunter2": hunter2\n}', { mode: 0o600 });
    const finding = (await doctor(sandbox)).of("config");
    expect(finding).toMatchObject({
      result: "fail",
      found: expect.stringMatching(/not valid JSON/) as string,
    });
    expect(JSON.stringify(finding)).not.toContain("hunter2");
  });

  it("what a save that was cut off has left; an unlock removes it", async () => {
    await using sandbox = await Sandbox.start();
    const temp = join(sandbox.home, "vault.tmp-00112233445566aa");
    writeFileSync(temp, "", { mode: 0o600 });
    expect((await doctor(sandbox)).of("leftovers")?.result, "a save that is under way").toBe("ok");
    utimesSync(temp, 1_700_000_000, 1_700_000_000);
    expect((await doctor(sandbox)).of("leftovers")).toMatchObject({
      result: "warn",
      remedy: expect.stringMatching(/^agent lock; agent unlock/) as string,
    });
    await sandbox.ok(["lock"]);
    await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    expect((await doctor(sandbox)).of("leftovers")?.result).toBe("ok");
  });

  it("a vault that is gone: its backup opens by the remedy", async () => {
    await using sandbox = await Sandbox.start();
    await sandbox.set("a/b", "1");
    unlinkSync(join(sandbox.home, "vault"));
    const remedy = (await doctor(sandbox)).of("vault")?.remedy ?? "";
    const [copy = "", unlock = ""] = remedy.replace(/ \(.*\)$/, "").split("; ");
    execFileSync("sh", ["-c", copy]);
    await sandbox.ok(["lock"]);
    await sandbox.ok(unlock.split(" ").slice(1), { passphrase: PASSPHRASE });
    expect((await doctor(sandbox)).of("vault")?.result).toBe("ok");
  });

  it("a record from the future", async () => {
    await using sandbox = await Sandbox.start();
    const later = Date.now() / 1000 + 7_200;
    utimesSync(join(sandbox.home, "last-seen"), later, later);
    expect((await doctor(sandbox)).of("clock")).toMatchObject({
      result: "warn",
      found: expect.stringContaining("last-seen was written later") as string,
    });
  });
});
