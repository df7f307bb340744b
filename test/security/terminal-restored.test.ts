/** A prompt hides what is typed, and however it ends the terminal is as it was. */
import { readFileSync } from "node:fs";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { Pty, type TerminalEnd } from "../support/pty.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";

const PROMPT = "Passphrase: ";
const HALF = PASSPHRASE.slice(0, 9);
const COMMAND = [process.execPath, CLI, "unlock"];
/** Time for a prompt to read what was typed; there is nothing to see of it. */
const READ_MS = 100;

const agent = liveAgent();

beforeEach((context) => needsPrograms(context, "setsid", "stty"));
beforeAll(lock);

async function lock(): Promise<void> {
  using asker = await Asker.open(agent().sandbox.socket);
  await asker.must("lock");
}

const pause = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

type Ending = (typed: { pty: Pty; pid: number }) => void;
const signal =
  (name: NodeJS.Signals): Ending =>
  ({ pid }) =>
    process.kill(pid, name);
const key =
  (byte: string): Ending =>
  ({ pty }) =>
    pty.type(byte);
const killedBy = (name: NodeJS.Signals): TerminalEnd => ({ status: null, signal: name });

it.each<[string, string, Ending, TerminalEnd]>([
  ["Ctrl-C", HALF, key("\x03"), killedBy("SIGINT")],
  ["Ctrl-\\", HALF, key("\x1c"), killedBy("SIGQUIT")],
  ["SIGTERM", HALF, signal("SIGTERM"), killedBy("SIGTERM")],
  ["SIGHUP", HALF, signal("SIGHUP"), killedBy("SIGHUP")],
  ["SIGINT", HALF, signal("SIGINT"), killedBy("SIGINT")],
  ["Ctrl-D", "", key("\x04"), { status: 7, signal: null }],
  ["a wrong passphrase", `wrong ${PASSPHRASE}`, key("\r"), { status: 7, signal: null }],
])("B115: a prompt that ends by %s leaves the terminal as it was", async (_name, typed, end, expected) => {
  using pty = new Pty();
  const before = pty.settings;
  expect(pty.echoes, "echo before").toBe(true);
  const child = pty.spawn(
    ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh", ...COMMAND],
    agent().sandbox.environment,
  );
  await pty.shows(PROMPT);
  expect(pty.echoes, "echo at the prompt").toBe(false);
  for (const letter of typed) pty.type(letter);
  await pause(READ_MS);
  expect(pty.echoes, "echo while typing").toBe(false);
  end({ pty, pid: child.pid });
  expect(await child.ended).toEqual(expected);
  expect(pty.settings).toBe(before);
  expectNothingShown(pty);
});

it("B115: Ctrl-Z gives the terminal back, and the prompt hides again when it goes on", async () => {
  using pty = new Pty();
  const before = pty.settings;
  const shell = 'set -m; "$@"; echo "stopped $?: $(stty -g)"; fg; echo "ended $?: $(stty -g)"';
  const child = pty.spawn(["sh", "-c", shell, "sh", ...COMMAND], agent().sandbox.environment);
  await pty.shows(PROMPT);
  pty.type(HALF);
  await pause(READ_MS);
  pty.type("\x1a");
  await pty.shows("stopped ");
  await pty.shows(PROMPT, pty.screen.indexOf("stopped "));
  expect(pty.echoes, "echo at the prompt that came back").toBe(false);
  pty.type(`${PASSPHRASE}\r`);
  expect(await child.ended).toEqual({ status: 0, signal: null });
  expect(pty.screen).toContain(`stopped ${128 + 20}: ${before}`);
  expect(pty.screen, "what was typed before the stop is forgotten").toContain(`ended 0: ${before}`);
  expectNothingShown(pty);
  await lock();
});

it("B115: stopped by SIGTSTP from outside and continued by SIGCONT, it asks again", async () => {
  using pty = new Pty();
  const before = pty.settings;
  const shell = 'set -m; "$@"; echo "stopped"; fg';
  const child = pty.spawn(["sh", "-c", shell, "sh", ...COMMAND], agent().sandbox.environment);
  await pty.shows(PROMPT);
  pty.type(HALF);
  await pause(READ_MS);
  process.kill(pidOfJob(child.pid), "SIGTSTP");
  await pty.shows("stopped");
  await pty.shows(PROMPT, pty.screen.indexOf("stopped"));
  expect(pty.echoes).toBe(false);
  pty.type("\x03");
  await child.ended;
  expect(pty.settings).toBe(before);
  expectNothingShown(pty);
});

it("B115: the right passphrase opens the vault, shown nowhere", async () => {
  using pty = new Pty();
  const before = pty.settings;
  const child = pty.spawn(COMMAND, agent().sandbox.environment);
  await pty.shows(PROMPT);
  pty.type(`${PASSPHRASE}\r`);
  expect(await child.ended).toEqual({ status: 0, signal: null });
  expect(pty.settings).toBe(before);
  expectNothingShown(pty);
  await lock();
});

/** The command that a shell waits for (proc_pid_task_children(5)). */
function pidOfJob(shell: number): number {
  return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "latin1").trim());
}

/** Not even a few letters of it. */
function expectNothingShown(pty: Pty): void {
  for (const word of PASSPHRASE.split(" ")) expect(pty.screen).not.toContain(word);
}
