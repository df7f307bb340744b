/** What an agent tells the manager that started it, and the sockets that it takes over from one. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, it, vi } from "vitest";
import { nodeFlags } from "../../packages/cli/src/launcher/arguments.ts";
import { runCommand, type Result } from "../support/command.ts";
import { DirectAgent } from "../support/direct-agent.ts";
import { Manager } from "../support/manager.ts";
import { needsPrograms } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const ENTRY = fileURLToPath(new URL("../../packages/agent/dist/agent.mjs", import.meta.url));
const PATIENT = { timeout: 20_000, interval: 50 };
beforeEach((context) => needsPrograms(context, "perl"));

it.for(["path", "abstract"])("it tells its manager at a %s address what becomes of it", async (kind) => {
  await using sandbox = new Sandbox();
  const address = kind === "path" ? join(sandbox.folder, "notify") : `@sotto-test-${String(process.pid)}`;
  await using manager = await Manager.start(address);
  await using agent = await DirectAgent.start(sandbox, [], { NOTIFY_SOCKET: address });
  const states = (): string[] => manager.messages;
  await vi.waitFor(() => expect(states()).toEqual(["READY=1\nSTATUS=uninitialised"]), PATIENT);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await vi.waitFor(() => expect(states().at(-1)).toBe("STATUS=unlocked"), PATIENT);
  await sandbox.ok(["lock"]);
  await vi.waitFor(() => expect(states().at(-1)).toBe("STATUS=locked"), PATIENT);
  await agent.end("SIGTERM");
  await vi.waitFor(() => expect(states().at(-1)).toBe("STOPPING=1"), PATIENT);
});

it("it gives signs of life from its event loop: one that hangs gives none", async () => {
  await using sandbox = new Sandbox();
  const address = join(sandbox.folder, "notify");
  await using manager = await Manager.start(address);
  await using agent = await DirectAgent.start(sandbox, [], {
    NOTIFY_SOCKET: address,
    WATCHDOG_USEC: "2000000",
  });
  const signs = (): number => manager.messages.filter((one) => one === "WATCHDOG=1").length;
  await vi.waitFor(() => expect(signs()).toBeGreaterThan(2), PATIENT);
  process.kill(agent.pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = signs();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(signs()).toBe(before);
  process.kill(agent.pid, "SIGCONT");
  await vi.waitFor(() => expect(signs()).toBeGreaterThan(before), PATIENT);
});

it("it serves where its manager cannot be reached", async () => {
  await using sandbox = new Sandbox();
  await using agent = await DirectAgent.start(sandbox, [], { NOTIFY_SOCKET: join(sandbox.folder, "nobody") });
  await vi.waitFor(() => expect(agent.said).toContain("the service manager could not be told"), PATIENT);
  expect((await sandbox.agent(["status"])).status).toBe(3);
});

/** Listens at a path, passes the socket as descriptor 3 and becomes the command that follows. */
const PASS_ON = `
use strict; use Socket; use POSIX; $^F = 255;
my ($path, @command) = @ARGV;
socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or die;
bind($socket, sockaddr_un($path)) or die "bind: $!"; listen($socket, 64) or die;
POSIX::dup2(fileno($socket), 3); POSIX::close(fileno($socket)) if fileno($socket) != 3;
$ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @command or die;
`;

/** Runs an agent to its end on a socket that was made at `path`. */
function activated({ home, socket }: Sandbox, path = socket): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const agent = [...nodeFlags({ home, socket }), ENTRY, "--home", home, "--socket", socket, "--foreground"];
  return runCommand("perl", ["-e", PASS_ON, path, process.execPath, ...agent], { timeoutMs: 100_000 });
}

it("it takes over a socket that its manager made, and leaves it when it ends", async () => {
  await using sandbox = new Sandbox({ shared: true });
  const ended = activated(sandbox);
  await vi.waitFor(async () => expect((await sandbox.agent(["status"])).status).toBe(3), PATIENT);
  const { ino } = statSync(sandbox.socket);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.ok(["stop"]);
  const { status, stderr } = await ended;
  expect(status, stderr).toBe(0);
  expect(statSync(sandbox.socket).ino).toBe(ino);
});

it("it does not serve a socket at another path than its own", async () => {
  await using sandbox = new Sandbox({ shared: true });
  mkdirSync(dirname(sandbox.socket));
  const { status, stderr } = await activated(sandbox, join(sandbox.folder, "run", "other.sock"));
  expect(status).toBe(2);
  expect(stderr).toContain("it was passed a socket that is not the one it serves");
});
