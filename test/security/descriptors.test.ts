/** The agent has open what it needs and nothing that it was started with, and hands nothing on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { type Descriptor, descriptorsOf } from "../support/processes.ts";
import { needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const STDERR = 2;

it("B83: what its parent had open does not reach it, and all that it opens is closed on exec", async (context) => {
  needsRoot(context); // only root may look
  await using sandbox = new Sandbox();
  await startWithOpenFiles(sandbox, ["start"]);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  const pid = (await sandbox.pid()) ?? 0;
  await expect.poll(() => socketsOf(pid), { message: "that of the last command is closed" }).toBe(1);
  expectOnlyOwn(sandbox, descriptorsOf(pid));
});

it("B83: connections that have come and gone leave none behind", async (context) => {
  needsRoot(context);
  await using sandbox = await Sandbox.start();
  const pid = (await sandbox.pid()) ?? 0;
  const sockets = (): number => socketsOf(pid);
  await expect.poll(sockets).toBe(1);
  const askers = await Promise.all(Array.from({ length: 20 }, () => Asker.open(sandbox.socket)));
  for (const asker of askers) await asker.must("status");
  expect(sockets()).toBe(21);
  for (const { closedOnExec } of descriptorsOf(pid).filter(({ fd }) => fd > STDERR))
    expect(closedOnExec).toBe(true);
  for (const asker of askers) asker[Symbol.dispose]();
  await expect.poll(sockets).toBe(1);
});

const socketsOf = (pid: number): number =>
  descriptorsOf(pid).filter(({ target }) => target.startsWith("socket:")).length;

/** Descriptors 3 to 9 and one far beyond them, with a gap between: node marks only those before the first gap. */
async function startWithOpenFiles(sandbox: Sandbox, args: readonly string[]): Promise<void> {
  const file = join(sandbox.folder, "of the parent");
  writeFileSync(file, "");
  const fd = openSync(file, "r+");
  const stdio = Array.from({ length: 40 }, (_, i) => (i < 3 ? "ignore" : i < 10 || i === 39 ? fd : "ignore"));
  const close = 'for n in 12 13 14 20 21 22 23; do eval "exec $n>&-"; done; exec "$@"';
  const child = spawn("bash", ["-c", close, "bash", process.execPath, CLI, ...args], {
    env: sandbox.environment,
    stdio: stdio,
  });
  closeSync(fd);
  expect(await once(child, "exit")).toEqual([0, null]);
}

function expectOnlyOwn(sandbox: Sandbox, found: readonly Descriptor[]): void {
  const own = new Set([
    "/dev/null",
    sandbox.home,
    ...["agent.log", "audit.jsonl", "agent.sock.lock"].map((name) => join(sandbox.home, name)),
  ]);
  const rest = found.filter(({ target }) => !own.has(target) && !target.startsWith("anon_inode:"));
  const pipes = rest.filter(({ target }) => target.startsWith("pipe:"));
  for (const { target } of pipes)
    expect(
      pipes.filter((pipe) => pipe.target === target).length,
      `both ends of ${target} are the agent's own`,
    ).toBe(2);
  expect(rest.length - pipes.length, JSON.stringify(rest)).toBe(1); // the socket that it listens on
  for (const { fd, closedOnExec, target } of found)
    if (fd > STDERR) expect(closedOnExec, `${String(fd)} ${target} is closed on exec`).toBe(true);
}
