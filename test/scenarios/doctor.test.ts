/** `agent doctor` on this machine: each misconfiguration is made for real, found, and mended by the very command that it names. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { doctor, Report } from "../support/doctor.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

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
    expect(report.of("agent")).toMatchObject({ result: "warn", remedy: "agent start; agent unlock" });
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

describe.each(MENDED)("$check: $found", ({ check, seed, found, result = "fail" }) => {
  it("is found, and mended by its remedy", async () => {
    await using sandbox = await Sandbox.start();
    await sandbox.set("a/b", "1"); // a second save makes the backup
    expect((await doctor(sandbox)).of(check)?.result).toBe("ok");
    seed(sandbox.home);
    const finding = (await doctor(sandbox)).of(check);
    expect(finding).toMatchObject({ result, found: expect.stringMatching(found) as string });
    execFileSync("sh", ["-c", finding?.remedy ?? "false"]);
    expect((await doctor(sandbox)).of(check)?.result, finding?.remedy ?? "").toBe("ok");
  });
});

describe("owners", () => {
  it.for([
    ["home", ""],
    ["vault", "vault"],
    ["config", "config.json"],
    ["audit-file", "audit.jsonl"],
  ] as const)("%s of another user", async ([check, name], context) => {
    needsRoot(context);
    await using sandbox = await Sandbox.start();
    const path = join(sandbox.home, name);
    execFileSync("chown", [String(OTHER_USER), path]);
    const finding = (await doctor(sandbox)).of(check);
    expect(finding).toMatchObject({
      result: "fail",
      found: expect.stringContaining(`uid ${OTHER_USER}`) as string,
    });
    execFileSync("sh", ["-c", finding?.remedy ?? "false"]);
    expect((await doctor(sandbox)).of(check)?.result).toBe("ok");
  });

  it("a home of another user, and no agent", async (context) => {
    needsRoot(context);
    await using sandbox = new Sandbox();
    execFileSync("chown", ["-R", String(OTHER_USER), sandbox.home]);
    const finding = (await doctor(sandbox)).of("home");
    expect(finding).toMatchObject({
      result: "fail",
      remedy: expect.stringMatching(/^chown -R 0 /) as string,
    });
  });
});

describe("files", () => {
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

describe("the socket", () => {
  it("that an agent has left", async () => {
    await using sandbox = await Sandbox.start({ init: false });
    process.kill((await sandbox.pid()) ?? 0, "SIGKILL");
    await expect.poll(async () => (await doctor(sandbox)).of("socket")?.result).toBe("warn");
    const report = await doctor(sandbox);
    expect(report.of("socket")?.remedy).toMatch(/^agent start/);
    expect(report.of("agent")?.found).toMatch(/no agent runs/);
  });

  it("in a folder where others may write", async () => {
    await using sandbox = await Sandbox.start({ init: false, shared: true });
    const folder = join(sandbox.folder, "run");
    chmodSync(folder, 0o777);
    const report = await doctor(sandbox);
    expect(report.of("socket")).toMatchObject({ result: "fail", remedy: `chmod go-w ${folder}` });
    chmodSync(folder, 0o755); // the sandbox asks its agent for its pid
  });

  it("with a path that is too long", async () => {
    await using sandbox = new Sandbox();
    const report = await doctor(sandbox, ["--socket", `/tmp/${"x".repeat(100)}`]);
    expect(report.of("socket")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("100 bytes") as string,
    });
  });

  it("where something listens that does not answer", async () => {
    await using sandbox = new Sandbox();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(sandbox.socket, resolve));
    try {
      expect((await doctor(sandbox)).of("agent")).toMatchObject({ result: "fail" });
    } finally {
      server.close();
    }
  });

  it("where no job of cron would look", async () => {
    await using sandbox = new Sandbox();
    expect((await doctor(sandbox)).of("cron-reach")).toMatchObject({
      result: "warn",
      remedy: expect.stringContaining(`SOTTO_SOCKET=${sandbox.socket}`) as string,
    });
  });
});

describe("the environment and the disk", () => {
  it("NODE_OPTIONS and NODE_PATH", async () => {
    await using sandbox = new Sandbox();
    const env = { NODE_OPTIONS: "--no-warnings", NODE_PATH: "/nowhere" };
    expect((await doctor(sandbox, [], { env })).of("environment")).toMatchObject({
      result: "warn",
      found: expect.stringMatching(/^NODE_OPTIONS, NODE_PATH set here/) as string,
      remedy: expect.stringMatching(/^unset NODE_OPTIONS NODE_PATH;/) as string,
    });
  });

  it.for([
    ["512k", "fail"],
    ["20m", "warn"],
  ] as const)("a disk of %s: %s", async ([size, result], context) => {
    needsRoot(context);
    await using sandbox = new Sandbox();
    const report = await within(sandbox, `mount -t tmpfs -o mode=700,size=${size} tmpfs ${sandbox.home}`);
    expect(report.of("audit-space")).toMatchObject({
      result,
      remedy: expect.stringMatching(/^df -h/) as string,
    });
    expect(report.of("file-system")).toMatchObject({
      result: "warn",
      found: expect.stringMatching(/^tmpfs/) as string,
    });
  });

  it("a disk that has no room for one more file", async (context) => {
    needsRoot(context);
    await using sandbox = new Sandbox();
    const report = await within(sandbox, `mount -t tmpfs -o mode=700,nr_inodes=5 tmpfs ${sandbox.home}`);
    expect(report.of("audit-space")).toMatchObject({ result: "fail" });
  });

  it("a home that is read-only, and the audit in it", async (context) => {
    needsRoot(context);
    await using sandbox = new Sandbox();
    writeFileSync(join(sandbox.home, "audit.jsonl"), "", { mode: 0o600 });
    const { home } = sandbox;
    const report = await within(sandbox, `mount --bind ${home} ${home} && mount -o remount,bind,ro ${home}`);
    expect(report.of("home-writable")).toMatchObject({
      result: "fail",
      remedy: `mount -o remount,rw ${home}`,
    });
    expect(report.of("audit-file")).toMatchObject({ result: "fail" });
  });

  it("swap, core handler, secret memory and unit file, as another machine might have them", async (context) => {
    needsRoot(context);
    needsPrograms(context, "unshare");
    await using sandbox = new Sandbox();
    const fake = join(sandbox.folder, "fake");
    mkdirSync(fake);
    const file = (name: string, text: string): string => {
      writeFileSync(join(fake, name), text);
      return join(fake, name);
    };
    const swaps = file("swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/sda9 partition 8 0 -2\n");
    const command = file("cmdline", "quiet secretmem.enable=0\n");
    const core = file("core", "|/usr/share/apport/apport %p\n");
    const unit = file("sotto.service", "[Service]\nExecStart=/usr/bin/agent start --foreground\n");
    const report = await within(
      sandbox,
      [
        `mount --bind ${swaps} /proc/swaps`,
        `mount --bind ${command} /proc/cmdline`,
        `mount --bind ${core} /proc/sys/kernel/core_pattern`,
        "mount -t tmpfs tmpfs /etc/systemd/system",
        `cp ${unit} /etc/systemd/system/sotto.service`,
      ].join(" && "),
    );
    expect(report.of("swap")).toMatchObject({
      result: "warn",
      remedy: expect.stringMatching(/^swapoff \/dev\/sda9/) as string,
    });
    expect(report.of("core-pattern")).toMatchObject({
      result: "warn",
      remedy: "sysctl -w kernel.core_pattern=core",
    });
    expect(report.of("secret-memory")).toMatchObject({
      result: "warn",
      remedy: expect.stringContaining("secretmem.enable=1") as string,
    });
    expect(report.of("unit-file")).toMatchObject({
      result: "warn",
      found: expect.stringContaining("lacks LimitMEMLOCK=8M") as string,
    });
  });
});

/** `agent doctor` in a mount namespace of its own, after a command that needs root. */
async function within(sandbox: Sandbox, setup: string): Promise<Report> {
  const script = `(${setup}) >&2 && exec "$@"`;
  const command = [process.execPath, CLI, "doctor", "--json"];
  return new Report(
    await runCommand(
      "unshare",
      ["--mount", "--propagation", "private", "sh", "-c", script, "sh", ...command],
      {
        env: sandbox.environment,
      },
    ),
  );
}
