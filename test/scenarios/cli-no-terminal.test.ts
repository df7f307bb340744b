/** Without a terminal nothing is asked for and nothing hangs: the exit status says what is missing. */
import { beforeEach, expect, it } from "vitest";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";
import { withoutTerminal } from "../support/without-terminal.ts";

/** At once, on a machine that does other things as well. */
const AT_ONCE = { timeoutMs: 10_000 };
/** Without tickets every change needs the passphrase. */
const agent = liveAgent({ config: { ticket: "0" } });
const empty = Buffer.alloc(0);

beforeEach((context) => needsPrograms(context, "setsid"));

it.each([
  ["set", ["set", "a/b", "--stdin"]],
  ["grant", ["grant", "a/b", "--uid", "1"]],
  ["get --admin", ["get", "probe/alive", "--admin"]],
  ["list --all", ["list", "--all"]],
  ["passwd", ["passwd"]],
])("B116: %s needs a passphrase and there is none: exit 7", async (_name, args) => {
  const result = await withoutTerminal(agent().sandbox, args, { ...AT_ONCE, input: "value" });
  expect(result).toMatchObject({ status: 7, stdout: empty });
  expect(result.stderr).toMatch(/no terminal.*\nagent: hint: .*-fd/);
});

it("B116: unlock of a locked vault: exit 7", async () => {
  await agent().sandbox.ok(["lock"]);
  const result = await withoutTerminal(agent().sandbox, ["unlock"], AT_ONCE);
  expect(result).toMatchObject({ status: 7, stdout: empty });
  expect(result.stderr).toContain("--passphrase-fd");
  await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
});

it("B116: unlock --ttl of an unlocked vault, which changes when it locks: exit 7, and nothing changed", async () => {
  const locksAt = async (): Promise<unknown> =>
    (JSON.parse((await agent().sandbox.ok(["status", "--json"])).stdout.toString()) as { locksAt: unknown })
      .locksAt;
  const before = await locksAt();
  const result = await withoutTerminal(agent().sandbox, ["unlock", "--ttl", "8h"], AT_ONCE);
  expect(result).toMatchObject({ status: 7, stdout: empty });
  expect(await locksAt()).toBe(before);
  expect(await withoutTerminal(agent().sandbox, ["unlock"], AT_ONCE)).toMatchObject({ status: 0 });
  const proved = await agent().sandbox.ok(["unlock", "--ttl", "8h"], { passphrase: PASSPHRASE });
  expect(proved.stderr).toMatch(/already; the time of --ttl/);
  expect(await locksAt()).not.toBe(before);
});

it("B116: set without a value: exit 2, before a passphrase is asked for", async () => {
  for (const passphrase of [undefined, PASSPHRASE]) {
    const result = await withoutTerminal(agent().sandbox, ["set", "a/b"], {
      ...AT_ONCE,
      ...(passphrase !== undefined && { passphrase }),
    });
    expect(result).toMatchObject({ status: 2, stdout: empty });
    expect(result.stderr).toMatch(/no value.*\nagent: hint: .*--stdin/);
  }
});

it.each([
  ["exact bytes", [], "two\nlines\n\n", "two\nlines\n\n"],
  ["one newline less with --trim", ["--trim"], "two\nlines\n\n", "two\nlines\n"],
  ["nothing to trim", ["--trim"], "as it is", "as it is"],
  ["no bytes at all", [], "", ""],
])("B116: --stdin takes %s", async (_name, more, given, stored) => {
  const { sandbox } = agent();
  await sandbox.set("stdin/value", given, more);
  const got = await sandbox.ok(["get", "stdin/value", "--admin"], { passphrase: PASSPHRASE });
  expect(got.stdout.toString()).toBe(stored);
});

/** Node has some of the first numbers for itself: to read one of those would wait for ever. */
it("B116: a descriptor that nobody handed over is refused at once, also where Node has one of that number", async () => {
  const numbers = Array.from({ length: 20 }, (_, index) => 4 + index);
  for (const [option, args] of [
    ["--value-fd", ["set", "a/b"]],
    ["--passphrase-fd", ["unlock"]],
  ] as const) {
    for (const number of numbers) {
      const result = await withoutTerminal(agent().sandbox, [...args, option, String(number)], AT_ONCE);
      expect(result, `${option} ${number}`).toMatchObject({ status: 2, stdout: empty });
      expect(result.stderr).toMatch(/cannot be read \(EBADF\)\nagent: hint: .*open/);
    }
  }
}, 120_000);
