/** `agent doctor` on what lies outside the home: the socket, the environment, the disk, the kernel's files. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { doctor, Report } from "../support/doctor.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

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
