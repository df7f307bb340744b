/** An agent in a pid namespace cannot tell who is outside of it: they have no pid there, and get nothing. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { runCommand, type RunOptions } from "../support/command.ts";
import { askByPerl } from "../support/perl-client.ts";
import { childrenOf, isRunning } from "../support/processes.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { Strace } from "../support/strace.ts";
import { TrustedFolder } from "../support/trusted-folder.ts";

const VALUE = "for root, by its uid";

/** The agent with a shell that keeps its namespace; both see the /proc of the machine, where their numbers mean others. */
const KEEP = '"$@" && echo started && sleep 600';

it("B39: who has no pid in the agent's namespace is refused at the door, and pid 0 is never looked up", async (context) => {
  needsRoot(context);
  needsPrograms(context, "unshare", "nsenter", "strace", "perl");
  await using sandbox = new Sandbox({ shared: true });
  const inside = ["--pid", "--fork", "--kill-child", "sh", "-c", KEEP, "sh", process.execPath, CLI, "start"];
  const keeper = spawn("unshare", inside, {
    env: sandbox.environment,
    stdio: ["ignore", "pipe", "inherit"],
    cwd: "/",
  });
  try {
    await new Promise((resolve) => keeper.stdout.once("data", resolve));
    const [shell = 0] = childrenOf(keeper.pid ?? 0);
    const enter = ["nsenter", `--pid=/proc/${String(shell)}/ns/pid`];
    const within = async (args: readonly string[], options: RunOptions = {}): Promise<void> => {
      const [command, ...rest] = [...enter, process.execPath, CLI, ...args] as [string, ...string[]];
      const { status, stderr } = await runCommand(command, rest, { env: sandbox.environment, ...options });
      expect(status, `${args.join(" ")}: ${stderr}`).toBe(0);
    };
    const passphrase = PASSPHRASE;
    await within(["init", "--no-recovery"], { passphrase });

    const agent = childrenOf(shell).find((pid) => commandOf(pid).includes(sandbox.home)) ?? 0;
    await using strace = await Strace.attach(agent, "-e", "trace=%file");
    using outsider = await Asker.open(sandbox.socket);
    const reply = await outsider.raw.reply();
    expect(reply?.header.get("error")).toBe("denied");
    await sleep(100);
    expect((await strace.stop()).filter(({ text }) => text.includes("/proc/0"))).toEqual([]);
    expect(sandbox.auditRecords().at(-1)).toMatchObject({ pid: 0, verb: "connect", result: "denied" });

    using folder = new TrustedFolder();
    const client = { program: folder.program("job"), become: enter, socket: sandbox.socket, name: "a/b" };
    await within(["set", "a/b", "--stdin"], { passphrase, input: VALUE });
    await within(["grant", "a/b", "--uid", "0", "--exe", client.program], { passphrase });
    const asProgram = await askByPerl(client);
    expect(asProgram.bytes.includes("denied"), "the numbers of /proc are of others").toBe(true);
    await within(["grant", "a/b", "--uid", "0"], { passphrase });
    expect((await askByPerl(client)).payload.toString(), "alive for those within").toBe(VALUE);
  } finally {
    keeper.kill("SIGKILL");
    while (isRunning(keeper.pid ?? 0)) await sleep(20);
  }
});

const commandOf = (pid: number): string => readFileSync(`/proc/${String(pid)}/cmdline`, "latin1");
