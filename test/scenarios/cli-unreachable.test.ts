/** No agent, or none that may be trusted: told apart, and within 3 s. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { runCommand } from "../support/command.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

/** 3 s by itself; the suite shares two cores with others. */
const SOON_MS = 4_500;
const COMMANDS = [["get", "a/b"], ["status"], ["unlock"], ["list"], ["set", "a/b", "--stdin"]];
const OTHER_USER = 64_138;

describe("B119: exit 5 within 3 s", () => {
  it.each(COMMANDS.map((command) => [command]))("%j: absent, stale and hanging", async (command) => {
    await using sandbox = new Sandbox();
    const absent = await refusedSoon(sandbox, command);
    await leaveStale(sandbox);
    const stale = await refusedSoon(sandbox, command);
    await using hanging = await Hanging.start(`${sandbox.socket}2`);
    const silent = await refusedSoon(sandbox, ["--socket", hanging.path, ...command]);
    expect(hanging.connections, "connections to the server that hangs").toBeGreaterThan(0);
    expect(new Set([absent, stale, silent].map(({ stderr }) => reasonOf(stderr))).size, "texts").toBe(3);
  });

  it("a socket that is no socket", async () => {
    await using sandbox = new Sandbox();
    const config = join(sandbox.home, "config.json");
    await refusedSoon(sandbox, ["--socket", config, "status"]);
  });
});

describe("B119: an agent of another user", () => {
  it("exit 6, and nothing is sent to it", async (context) => {
    needsRoot(context);
    needsPrograms(context, "strace");
    await using sandbox = new Sandbox();
    const folder = join(sandbox.folder, "sticky"); // as /tmp is: anybody may put a socket there
    mkdirSync(folder);
    chmodSync(folder, 0o1777);
    await using foreign = await Hanging.start(join(folder, "agent.sock"));
    chownSync(foreign.path, OTHER_USER, OTHER_USER);
    for (const command of [["get", "a/b"], ["unlock"]]) {
      const { result, calls } = await traced(sandbox, ["--socket", foreign.path, ...command]);
      expect(result).toMatchObject({ status: 6, stdout: Buffer.alloc(0) });
      expect(result.stderr).toContain(`${foreign.path} belongs to another user`);
      expect(calls, "strace saw the command").toMatch(/write\(2<.*agent: error/);
      expect(calls, "sockets made, connected or sent to").not.toMatch(/ (?:socket|connect|send[a-z]+)\(/);
      expect(calls, "bytes to a socket that is not stderr").not.toMatch(/ writev?\((?!2<)\d+<UNIX/);
    }
    expect(foreign.connections).toBe(0);
  });

  it("exit 6 where a folder above it may be written by others", async (context) => {
    needsRoot(context);
    await using sandbox = new Sandbox();
    chmodSync(sandbox.folder, 0o777);
    await using server = await Hanging.start(sandbox.socket);
    const result = await sandbox.agent(["status"]);
    expect(result).toMatchObject({ status: 6, stdout: Buffer.alloc(0) });
    expect(result.stderr).toContain("may be written by others");
    expect(server.connections).toBe(0);
  });
});

async function refusedSoon(sandbox: Sandbox, args: readonly string[]): Promise<Result> {
  const began = performance.now();
  const result = await sandbox.agent(args);
  expect(performance.now() - began, `milliseconds of ${args.join(" ")}`).toBeLessThan(SOON_MS);
  expect(result).toMatchObject({ status: 5, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(/^agent: error: /);
  return result;
}

/** The text of the error, without the places where an agent was looked for. */
const reasonOf = (stderr: string): string => stderr.split("\n", 1)[0]?.replace(/\(.*\)/, "") ?? "";

/** The socket of a server that was killed. */
async function leaveStale({ socket }: Sandbox): Promise<void> {
  const script = "require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))";
  const server: ChildProcess = spawn(process.execPath, ["-e", script, socket], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => server.stdout?.once("data", resolve));
  server.kill("SIGKILL");
  await new Promise((resolve) => server.once("close", resolve));
  expect(existsSync(socket), "what the server left").toBe(true);
}

async function traced(sandbox: Sandbox, args: readonly string[]): Promise<{ result: Result; calls: string }> {
  const file = join(sandbox.folder, "calls");
  const options = ["-f", "-yy", "-s", "200", "-e", "trace=%network,write,writev", "-o", file];
  const command = [...options, process.execPath, CLI, ...args];
  const result = await runCommand("strace", command, { env: sandbox.environment });
  return { result, calls: readFileSync(file, "latin1") };
}

/** A server that accepts and never answers. */
class Hanging implements AsyncDisposable {
  readonly path: string;
  readonly #server: Server;
  connections = 0;

  private constructor(path: string) {
    this.path = path;
    this.#server = createServer((socket) => {
      this.connections++;
      socket.on("error", () => undefined).resume();
    });
  }

  static async start(path: string): Promise<Hanging> {
    const hanging = new Hanging(path);
    await new Promise<void>((resolve) => hanging.#server.listen(path, resolve));
    return hanging;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
