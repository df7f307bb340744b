/** `agent require`: what is not there is asked for on a terminal and stored; elsewhere it is refused at once. */
import { beforeEach, expect, it } from "vitest";
import { liveAgent } from "../support/live-agent.ts";
import { Pty } from "../support/pty.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";
import { withoutTerminal } from "../support/without-terminal.ts";

const VALUE = "typed by hand";
/** Without tickets it is plain when the passphrase is asked for. */
const agent = liveAgent({ config: { ticket: "0" } });

beforeEach((context) => needsPrograms(context, "setsid"));

/** Answers each prompt in its turn. Returns how it ended, and all that was shown. */
async function require(
  name: string,
  answers: readonly (readonly [prompt: string, answer: string])[],
): Promise<{ status: number | null; screen: string }> {
  using pty = new Pty();
  const child = pty.spawn([process.execPath, CLI, "require", name], agent().sandbox.environment);
  for (const [prompt, answer] of answers) {
    await pty.shows(prompt);
    pty.type(`${answer}\r`);
  }
  const { status } = await child.ended;
  return { status, screen: pty.screen };
}

const twice = (name: string): [string, string][] => [
  [`Value of ${name}: `, VALUE],
  [`Value of ${name}, again: `, VALUE],
];

it("stores by a rule what is typed twice, and fetches it; then asks no more", async () => {
  const { sandbox } = agent();
  await sandbox.grant("asked/a", "--uid", String(process.getuid?.()), "--may", "get,set");
  const asked = await require("asked/a", twice("asked/a"));
  expect(asked, asked.screen).toMatchObject({ status: 0 });
  expect(asked.screen).toMatch(/^agent: asked\/a is not there/);
  expect(asked.screen.endsWith(`again: \r\n${VALUE}\r\n`), asked.screen).toBe(true);
  const again = await require("asked/a", []);
  expect(again).toEqual({ status: 0, screen: `${VALUE}\r\n` });
});

it("stores as an administrator, and says so where no rule lets it fetch", async () => {
  const asked = await require("asked/b", [...twice("asked/b"), ["Passphrase: ", PASSPHRASE]]);
  expect(asked.status).toBe(4);
  expect(asked.screen).toMatch(
    /error: .*is stored.*no rule allows this process to fetch it\r\n.*hint: .*agent grant/,
  );
  const { stdout } = await agent().sandbox.ok(["get", "asked/b", "--admin"], { passphrase: PASSPHRASE });
  expect(stdout.toString()).toBe(VALUE);
});

it("is refused at once where there is no terminal, and stores nothing", async () => {
  const result = await withoutTerminal(agent().sandbox, ["require", "asked/c"], { timeoutMs: 10_000 });
  expect(result).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
  const there = await agent().sandbox.agent(["show", "asked/c"], { passphrase: PASSPHRASE });
  expect(there.status).toBe(4);
});
