/** `agent doctor` on a live agent: one that was started as it should be, and ones that were not. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { doctor, Report } from "../support/doctor.ts";
import { Installation } from "../support/installation.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const AGENT = fileURLToPath(new URL("../../packages/agent/dist/agent.mjs", import.meta.url));
const USER = 64_140;

/** An agent that was started past `agent start`, which gives it all that it should have. */
class Careless implements AsyncDisposable {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(
    { home, socket }: Sandbox,
    flags: string[],
    env: Record<string, string>,
  ): Promise<Careless> {
    const args = [...flags, AGENT, "--unhardened", "--foreground", "--home", home, "--socket", socket];
    const child = spawn(process.execPath, args, { env, cwd: "/", stdio: ["ignore", "pipe", "ignore"] });
    await new Promise((resolve, reject) => {
      child.stdout.once("data", resolve); // it says that it is ready
      child.once("exit", reject);
    });
    return new Careless(child);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }
}

describe("agent doctor on a live agent", () => {
  it("sees what an agent lacks that was not started with agent start", async () => {
    await using sandbox = new Sandbox();
    await using careless = await Careless.start(sandbox, ["--inspect=127.0.0.1:0"], {
      NODE_OPTIONS: "--no-warnings",
    });
    const report = await doctor(sandbox);
    const restart = "agent stop; agent start; agent unlock";
    const found = expect.stringContaining(`process ${careless.pid}`) as string;
    expect(report.of("agent-hardened")).toMatchObject({ result: "fail", found, remedy: restart });
    expect(report.of("agent-flags")).toMatchObject({ result: "fail", remedy: restart });
    if (process.getuid?.() !== 0) return expect(report.of("rights")?.found).toContain("agent-environment");
    expect(report.of("agent-environment")).toMatchObject({
      result: "fail",
      found: expect.stringContaining("NODE_OPTIONS") as string,
    });
    expect(report.of("agent-network")).toMatchObject({
      result: "fail",
      found: expect.stringMatching(/TCP port [1-9]\d+/) as string,
    });
  });

  it("sees that the audit cannot be written, and that nothing is given out", async () => {
    await using sandbox = await Sandbox.start();
    chmodSync(join(sandbox.home, "audit.jsonl"), 0o644);
    const report = await doctor(sandbox);
    expect(report.of("audit")).toMatchObject({
      result: "fail",
      remedy: expect.stringContaining("kill -HUP") as string,
    });
    expect(report.of("audit-file")?.remedy).toBe(`chmod 600 ${join(sandbox.home, "audit.jsonl")}`);
  });

  it("tells that the agent is locked, or has no vault yet", async () => {
    await using sandbox = await Sandbox.start({ init: false });
    expect((await doctor(sandbox)).of("agent")).toMatchObject({ result: "warn", remedy: "agent init" });
    expect((await doctor(sandbox)).of("vault")).toMatchObject({ result: "warn", remedy: "agent init" });
  });

  it("says when the agent that answers has another home", async () => {
    await using sandbox = await Sandbox.start({ init: false });
    const other = join(sandbox.folder, "other");
    const report = await doctor(sandbox, ["--home", other, "--socket", sandbox.socket]);
    expect(report.of("agent-home")).toMatchObject({
      result: "warn",
      remedy: `agent doctor --home ${sandbox.home} --socket ${sandbox.socket}`,
    });
  });
});

describe("agent doctor for others than root", () => {
  it("judges what that user can see, and names the rest", async (context) => {
    needsRoot(context);
    using installed = new Installation();
    await using sandbox = new UserSandbox(installed, USER);
    await sandbox.ok(["start"]);
    const report = await doctor(sandbox);
    expect(report.of("agent-dumpable")).toMatchObject({
      result: "ok",
      found: expect.stringContaining("not dumpable") as string,
    });
    for (const check of ["home", "audit-file", "agent-flags", "agent-core", "home-writable", "program"])
      expect(report.of(check)?.result, check).toBe("ok");
    expect(report.of("rights")).toMatchObject({
      result: "warn",
      found: expect.stringMatching(/agent-folder, agent-environment, agent-network, agent-node/) as string,
      remedy: `sudo agent doctor --home ${sandbox.home} --socket ${sandbox.socket}`,
    });
  });

  it("root, told so, sees the rest of that user's agent, which root does not ask", async (context) => {
    needsRoot(context);
    using installed = new Installation();
    await using sandbox = new UserSandbox(installed, USER);
    await sandbox.ok(["start"]);
    const asRoot = new Report(await sandbox.agent(["doctor", "--json"], { uid: 0 }));
    expect(asRoot.of("agent")).toMatchObject({
      result: "ok",
      found: expect.stringContaining(`uid ${USER}`) as string,
    });
    for (const check of [
      "socket",
      "home",
      "agent-folder",
      "agent-environment",
      "agent-network",
      "agent-dumpable",
    ])
      expect(asRoot.of(check)?.result, check).toBe("ok");
    expect(asRoot.of("rights")).toBeUndefined();
  });

  it.for([
    [65_536, "fail", "64 KiB"],
    [4_194_304, "warn", "4 MiB"],
    [8_388_608, "ok", "8 MiB"],
  ] as const)("a limit of %i bytes for locked memory: %s", async ([bytes, result, size], context) => {
    needsRoot(context);
    needsPrograms(context, "prlimit");
    using installed = new Installation();
    await using sandbox = new UserSandbox(installed, USER);
    const wrapper = ["prlimit", `--memlock=${bytes}:${bytes}`];
    const report = new Report(await sandbox.agentWithin(wrapper, ["doctor", "--json"]));
    expect(report.of("memory-lock-limit")).toMatchObject({
      result,
      found: expect.stringContaining(size) as string,
    });
    if (result !== "ok") expect(report.of("memory-lock-limit")?.remedy).toContain("memlock 8192");
  });

  it("a home that this user may not even look for is told, and no reason to stop", async (context) => {
    needsRoot(context);
    using installed = new Installation();
    await using sandbox = new UserSandbox(installed, USER);
    const closed = join(sandbox.folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const env = { HOME: closed, SOTTO_HOME: "", SOTTO_SOCKET: "" };
    const report = new Report(await sandbox.agent(["doctor", "--json"], { env }));
    expect(report.of("rights")?.found).toMatch(/: home, home-path,/);
  });

  it("a user who has no agent is told of the machine's, or that there is none", async (context) => {
    needsRoot(context);
    using installed = new Installation();
    await using sandbox = new UserSandbox(installed, USER);
    const env = { HOME: sandbox.folder, SOTTO_HOME: "", SOTTO_SOCKET: "" };
    const report = new Report(await sandbox.agent(["doctor", "--json"], { env }));
    expect(report.of("agent")?.result).not.toBe("ok");
    expect(report.checks.length).toBeGreaterThanOrEqual(20);
  });
});
