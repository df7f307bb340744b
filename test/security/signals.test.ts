/** What ends the agent wipes and tidies up first; what does not end it does no harm. No end leaves a file behind. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LiveAgent } from "../support/live-agent.ts";
import { isRunning } from "../support/processes.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const VALUE = randomBytes(18).toString("base64url");
const GONE = { timeout: 10_000 };

/** A foreground agent with an open vault, as a service manager has it. */
class Foreground implements AsyncDisposable {
  readonly sandbox = new Sandbox();
  readonly launcher = spawn(process.execPath, [CLI, "start", "--foreground"], {
    env: this.sandbox.environment,
    cwd: this.sandbox.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  readonly #ended = once(this.launcher, "exit");
  pid = 0;
  said = "";

  static async start(): Promise<Foreground> {
    const foreground = new Foreground();
    const { sandbox, launcher } = foreground;
    for (const stream of [launcher.stdout, launcher.stderr])
      stream.on("data", (text: Buffer) => (foreground.said += text.toString()));
    await expect.poll(() => existsSync(sandbox.socket), GONE).toBe(true);
    foreground.pid = (await sandbox.pid()) ?? 0;
    await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
    await sandbox.set("job/secret", VALUE);
    return foreground;
  }

  /** How the command ended: exit status and signal. */
  async ended(): Promise<unknown[]> {
    return (await this.#ended) as unknown[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.launcher.kill("SIGKILL");
    await this.sandbox[Symbol.asyncDispose]();
  }
}

/** Names in a folder that a dying node or kernel would write. */
const remains = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /^(?:core|report\.|Heap\.|node_trace)|\.heapsnapshot$/.test(name));

function expectNothingLeft({ sandbox, said }: Foreground): void {
  for (const folder of [sandbox.home, sandbox.folder, "/"]) expect(remains(folder), folder).toEqual([]);
  for (const text of [said, sandbox.log(), readFileSync(join(sandbox.home, "audit.jsonl"), "latin1")]) {
    expect(text).not.toContain(VALUE);
    expect(text).not.toContain(PASSPHRASE);
  }
}

it.each(["SIGTERM", "SIGINT", "SIGQUIT"] as const)(
  "B76: %s ends it: locked, socket gone, dead of that very signal",
  async (signal) => {
    await using foreground = await Foreground.start();
    process.kill(foreground.pid, signal);
    expect(await foreground.ended()).toEqual([null, signal]);
    expect(isRunning(foreground.pid)).toBe(false);
    expect(existsSync(foreground.sandbox.socket)).toBe(false);
    expect(foreground.said).toContain(signal);
    expectNothingLeft(foreground);
  },
);

it("B76: a service manager that signals the command ends the agent", async () => {
  await using foreground = await Foreground.start();
  foreground.launcher.kill("SIGTERM");
  expect(await foreground.ended()).toEqual([null, "SIGTERM"]);
  await expect.poll(() => isRunning(foreground.pid), GONE).toBe(false);
  expect(existsSync(foreground.sandbox.socket)).toBe(false);
});

it.each(["SIGABRT", "SIGSEGV", "SIGKILL"] as const)(
  "B76: %s, as in a crash, leaves no core and no report",
  async (signal) => {
    await using foreground = await Foreground.start();
    const limits = readFileSync(`/proc/${String(foreground.pid)}/limits`, "latin1");
    expect(limits).toMatch(/^Max core file size +0 +0 /m);
    process.kill(foreground.pid, signal);
    expect(await foreground.ended()).toEqual([null, signal]);
    expectNothingLeft(foreground);
    await foreground.sandbox.ok(["start"]); // and the next one starts beside what is left
    expect((await foreground.sandbox.agent(["status"])).status, "locked").toBe(3);
  },
);

it("B79: other signals change nothing: alive, unlocked, no report, no snapshot", async () => {
  await using agent = await LiveAgent.start();
  for (const signal of [
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGWINCH",
    "SIGHUP",
    "SIGUSR1",
    "SIGCONT",
  ] as const) {
    for (let i = 0; i < 5; i++) process.kill(agent.pid, signal);
    await agent.expectAlive();
  }
  expect(remains(agent.sandbox.home)).toEqual([]);
  expect(remains("/")).toEqual([]);
});
