/** The agent of the one program is as closed as that which Node runs, or it does not serve. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeFlags } from "../../packages/cli/src/launcher/arguments.ts";
import { nodeOptions } from "../../packages/cli/src/launcher/node-options.ts";
import { type Result, runCommand } from "../support/command.ts";
import { agentOf, burst } from "../support/debug-signals.ts";
import { descriptorsOf, isRunning } from "../support/processes.ts";
import { needsRoot } from "../support/requirements.ts";
import { ExeSandbox, Program } from "./exe-sandbox.ts";

let program: Program;
beforeAll(() => void (program = new Program()));
afterAll(() => program[Symbol.dispose]());

describe("an agent that was started by agent start", () => {
  let sandbox: ExeSandbox;
  let pid: number;
  beforeAll(async () => {
    sandbox = await ExeSandbox.open(program);
    pid = (await sandbox.pid()) ?? 0;
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  it("is the program itself, with nothing of who started it", (context) => {
    needsRoot(context); // it is not dumpable
    const of = (file: string): string => `/proc/${pid}/${file}`;
    expect(readlinkSync(of("exe"))).toBe(program.path);
    expect(readlinkSync(of("cwd"))).toBe("/");
    const variables = readFileSync(of("environ"), "utf8").split("\0").filter(Boolean);
    expect(variables.map((one) => one.split("=")[0])).toEqual(["NODE_OPTIONS"]);
    const stdio = descriptorsOf(pid).filter(({ fd }) => fd < 3);
    expect(stdio.map(({ target }) => target)).toEqual(["/dev/null", "/dev/null", "/dev/null"]);
  });

  it("inherits no descriptor", async (context) => {
    needsRoot(context);
    await using fresh = new ExeSandbox(program);
    const secret = join(fresh.folder, "not for the agent");
    writeFileSync(secret, "");
    const start = `exec 9<"${secret}"; exec "$0" start`;
    const { status, stderr } = await runCommand("/bin/sh", ["-c", start, program.path], {
      env: fresh.environment,
    });
    expect(status, stderr).toBe(0);
    const open = descriptorsOf((await fresh.pid()) ?? 0).map(({ target }) => target);
    expect(open).toContain("/dev/null");
    expect(open).not.toContain(secret);
  });

  it("agent doctor finds it hardened: permission model, no debugger, no core, not traceable", async (context) => {
    needsRoot(context);
    const { stdout, stderr } = await sandbox.agent(["doctor", "--json"]);
    const { checks } = JSON.parse(stdout.toString() || stderr) as {
      checks: { check: string; result: string }[];
    };
    const found = new Map(checks.map(({ check, result }) => [check, result]));
    const wanted = ["program", "agent-hardened", "agent-flags", "agent-dumpable", "agent-core"];
    for (const name of [...wanted, "agent-folder", "agent-environment", "agent-network", "agent-node"])
      expect([name, found.get(name)]).toEqual([name, "ok"]);
  });

  it("no SIGUSR1 opens a debugger, and it goes on", async () => {
    expect(await burst(pid, 200)).toBe(false);
    expect((await sandbox.ok(["status"])).stdout.toString()).toContain("state: unlocked");
  });
});

it("no SIGUSR1 opens a debugger while it starts: it lives or dies of it", async () => {
  for (const beginning of [0, 20, 40, 60, 100]) {
    await using sandbox = new ExeSandbox(program);
    const launcher = spawn(program.path, ["start"], { env: sandbox.environment, stdio: "ignore" });
    const ended = once(launcher, "exit");
    const pid = await agentOf(launcher.pid ?? 0);
    await sleep(beginning);
    expect(await burst(pid, 150), `from ${beginning} ms on`).toBe(false);
    const [status] = (await ended) as [number | null];
    expect(status === 0, "the command says whether it lives").toBe(isRunning(pid));
  }
});

describe("started by hand", () => {
  /** Runs the agent in the foreground, which has to end by itself. */
  async function byHand(flags: (home: string) => string[], ...more: string[]): Promise<Result> {
    await using sandbox = new ExeSandbox(program);
    const { home, socket } = sandbox;
    const args = ["run-agent", "--home", home, "--socket", socket, "--foreground", ...more];
    return await runCommand(program.path, args, {
      env: { NODE_OPTIONS: nodeOptions(flags(home)) },
      timeoutMs: 20_000,
    });
  }
  const usual = (home: string): string[] => nodeFlags({ home, socket: join(home, "agent.sock") });

  it.each([
    ["without the permission model", () => ["--no-warnings"], "without node's permission model"],
    [
      "with child processes allowed",
      (home: string) => [...usual(home), "--allow-child-process"],
      "unexpected flags",
    ],
    [
      "with a module that node loads first",
      (home: string) => [...usual(home), "--require=/dev/null"],
      "unexpected flags",
    ],
    ["with a debugger", (home: string) => [...usual(home), "--inspect=127.0.0.1:0"], "unexpected flags"],
  ])("%s it does not serve", async (_, flags, text) => {
    const { status, stderr } = await byHand(flags);
    expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
  });

  it("writes nowhere but where its flags allow it", async () => {
    const { status, stderr } = await byHand(() => usual("/srv/another home"));
    expect([status, stderr]).toEqual([2, expect.stringContaining("agent.sock.lock")]);
  });

  it("no argument gives node a flag", async () => {
    const { status, stderr } = await byHand(usual, "--node-options=--inspect=127.0.0.1:0");
    expect([status, stderr]).toEqual([2, expect.stringContaining("options that it does not know")]);
  });
});

describe("the native modules", () => {
  async function started(change: (folder: string) => void): Promise<Result> {
    using changed = new Program();
    change(changed.folder);
    await using sandbox = new ExeSandbox(changed);
    expect((await sandbox.ok(["--version"])).status, "what needs none of them").toBe(0);
    return await sandbox.agent(["start"]);
  }

  it.each(["koffi.node", "sodium-native.node"])(
    "another %s than the one that it was built with is not loaded",
    async (name) => {
      const { status, stderr } = await started((folder) => appendFileSync(join(folder, name), "\0"));
      expect([status, stderr]).toEqual([
        2,
        expect.stringContaining(`${name} is not the one that this program was built with`),
      ]);
    },
  );

  it("are looked for beside the program alone", async () => {
    const { status, stderr } = await started((folder) => {
      mkdirSync(join(folder, "node_modules"));
      renameSync(join(folder, "koffi.node"), join(folder, "node_modules/koffi.node"));
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining("koffi.node cannot be read (ENOENT)")]);
  });

  it.each([
    ["the folder", "."],
    ["a module", "koffi.node"],
  ])("are not loaded where others may write in %s", async (_, what) => {
    const { status, stderr } = await started((folder) => chmodSync(join(folder, what), 0o777));
    expect([status, stderr]).toEqual([2, expect.stringContaining("others could change")]);
  });
});
