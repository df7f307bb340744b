/** `sotto-get` says and does what `agent get` says and does, byte for byte: both are run, and compared. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Result, runCommand } from "../support/command.ts";
import { type LiveAgent, liveAgent, set } from "../support/live-agent.ts";
import { alike, build, isInstalled, needsCompiler, removeBuilds, runBoth } from "../support/native.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { makeToken } from "../support/tokens.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STRANGER = 64_321;
removeBuilds();
beforeEach(needsCompiler);

it("texts.h is what the tables say, and the program is short", () => {
  execFileSync(process.execPath, [join(ROOT, "scripts/native/texts.mjs"), "--check"], { stdio: "pipe" });
  const lines = readFileSync(join(ROOT, "packages/client/native/sotto-get.c"), "utf8").split("\n").length - 1;
  expect(lines).toBeLessThanOrEqual(400);
});

describe("with an agent", () => {
  const agent = liveAgent();
  const options = (): { env: Record<string, string> } => ({ env: agent().sandbox.environment });
  const VALUES: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    byte: Buffer.from([0]),
    text: Buffer.from("hunter2 of the b\u00e4nk\n"),
    page: Buffer.alloc(4_096, "p"),
    long: Buffer.alloc(70_000, "l"),
    most: Buffer.alloc(1024 * 1024, "\u0000m\u00ff", "latin1"),
  };
  beforeAll(async () => {
    using administrator = await agent().administrator();
    for (const [name, value] of Object.entries(VALUES)) await set(administrator, `v/${name}`, value);
    await agent().sandbox.grant("v/**", "--uid", String(process.getuid?.() ?? 0));
    await agent().sandbox.set("v/text", VALUES["text"] ?? "", [
      "--attr",
      "user=b\u00e4tch \u00a0",
      "--attr",
      "empty-not=x",
    ]);
  });

  it.each(Object.keys(VALUES))("the exact bytes of a value: %s", async (name) => {
    const { status, stdout, stderr } = await alike([`v/${name}`], options());
    expect([status, stderr]).toEqual([0, ""]);
    expect(Buffer.from(stdout, "latin1").equals(VALUES[name] ?? Buffer.alloc(1))).toBe(true);
  });

  it("attributes", async () => {
    expect((await alike(["v/text", "--attr", "user"], options())).status).toBe(0);
    for (const attr of ["", "none", "__proto__", "toString", "user "])
      expect((await alike(["v/text", "--attr", attr], options())).status).toBe(4);
    await alike(["v/text", "--attr", "none", "--quiet"], options());
  });

  it("what is denied, and what is not there: the same", async () => {
    const [denied, missing] = [await alike(["w/text"], options()), await alike(["w/none"], options())];
    expect(denied.status).toBe(4);
    expect(missing.stderr).toBe(denied.stderr.replaceAll("w/text", "w/none"));
  });

  it("B117, B118: where the value cannot be written", async () => {
    for (const line of [
      '"$@" >/dev/full',
      'ulimit -f 0; "$@" >/tmp/sotto-none-$$; s=$?; rm /tmp/sotto-none-$$; exit $s',
    ])
      expect((await alike(["v/text"], { ...options(), line })).status).toBe(1);
    const gone =
      'mkfifo "$SOTTO_HOME/$$"; (exec <"$SOTTO_HOME/$$") & exec 9>"$SOTTO_HOME/$$"; wait; rm "$SOTTO_HOME/$$"; "$@" >&9';
    expect((await alike(["v/text"], { ...options(), line: gone })).stderr).toContain(
      "the reader of the output has gone",
    );
    expect((await alike(["v/text"], { ...options(), line: '"$@" <&- >&-' })).status).toBe(0);
    expect((await alike(["v/none"], { ...options(), line: '"$@" 2>&-' })).status).toBe(4);
  });

  it("the program for arm64 does the same", async (context) => {
    const [cc, emulator] = ["aarch64-linux-gnu-gcc", "qemu-aarch64-static"];
    context.skip(![cc, emulator].every(isInstalled), `not installed: ${cc} and ${emulator}`);
    const program = build(cc, "sotto-get", "-static", "-s");
    const emulated = (...args: readonly string[]): Promise<Result> =>
      runCommand("/bin/sh", ["-c", `exec ${emulator} "$@"`, "sh", program, ...args], {
        env: { ...options().env, PATH: process.env["PATH"] ?? "" },
      });
    const { status, stdout } = await emulated("v/long");
    expect([status, stdout.equals(VALUES["long"] ?? Buffer.alloc(0))]).toEqual([0, true]);
    const refused = await emulated("w/none");
    expect(refused).toMatchObject({ status: 4, stderr: (await alike(["w/none"], options())).stderr });
  });

  it("a newline on a terminal only", async (context) => {
    needsPrograms(context, "script");
    const line = 'script -qec "$(printf "%s " "$@")" /dev/null';
    const { stdout } = await alike(["v/page"], { ...options(), line });
    expect(stdout).toBe(`${"p".repeat(4_096)}\r\n`);
  });

  it("B63, B64: tokens, and files that are not taken for one", async (context) => {
    const file = (name: string): string => join(agent().sandbox.folder, name);
    const { token, allowed } = await tokenFor(agent());
    const write = (name: string, bytes: Buffer | string, mode = 0o600): void => {
      writeFileSync(file(name), bytes);
      chmodSync(file(name), mode);
    };
    write("good", token, 0o400);
    write("line", `${token.toString()}\n`);
    write("two-lines", `${token.toString()}\n\n`);
    write("wrong", "x".repeat(43));
    write("most", `${"x".repeat(1024)}\n`);
    write("long", "x".repeat(1025));
    write("longer", "x".repeat(4000));
    write("nothing", "");
    for (const mode of [0o640, 0o604, 0o700, 0o4600]) write(`mode-${mode.toString(8)}`, token, mode);
    mkdirSync(file("folder"), { mode: 0o600 });
    symlinkSync("good", file("token-link"));
    execFileSync("mkfifo", ["-m", "600", file("fifo")]);
    const status = async (name: string): Promise<unknown> =>
      (await alike([allowed, "--token-file", name === "" ? "" : file(name)], options())).status;
    expect([await status("good"), await status("line")]).toEqual([0, 0]);
    for (const name of ["two-lines", "wrong", "most", "nothing", ""])
      expect([name, await status(name)]).toEqual([name, 4]);
    for (const name of [
      "long",
      "longer",
      "mode-640",
      "mode-604",
      "mode-700",
      "mode-4600",
      "folder",
      "token-link",
      "fifo",
      "none",
    ])
      expect([name, await status(name)]).toEqual([name, 2]);
    const { env } = options();
    expect((await alike([allowed], { env: { ...env, SOTTO_TOKEN_FILE: file("good") } })).status).toBe(0);
    expect(
      (await alike([allowed, "--token-file="], { env: { ...env, SOTTO_TOKEN_FILE: file("good") } })).status,
    ).toBe(4);
    expect((await alike([allowed], { env: { ...env, SOTTO_TOKEN_FILE: "" } })).status).toBe(4);
    needsRoot(context);
    chownSync(file("good"), STRANGER, STRANGER);
    expect(await status("good")).toBe(2);
  });

  it("a rate, and a locked agent", async () => {
    await agent().sandbox.set("rated/a", "x");
    await agent().sandbox.grant("rated/a", "--uid", String(process.getuid?.() ?? 0), "--rate", "1/1h");
    await agent().sandbox.ok(["get", "rated/a"]);
    const rated = await runBoth(["rated/a"], options());
    const ends = [rated.node, rated.native].map(({ status, stderr }) => [
      status,
      stderr.replace(/in \d+ s/, "in N s"),
    ]);
    expect(ends).toEqual([ends[0], ends[0]]); // one of them may ask in the next second
    expect(ends[0]?.[0]).toBe(11);
    await agent().sandbox.ok(["lock"]);
    expect((await alike(["v/text"], options())).status).toBe(3);
    const began = performance.now();
    expect((await alike(["v/text", "--wait", "1s"], options())).status).toBe(3);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    const waiting = alike(["v/text", "--wait", "60s"], options());
    await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    expect((await waiting).status).toBe(0);
  });
});

it("waits for an agent that is absent, then without a vault", async () => {
  await using sandbox = new Sandbox();
  const options = { env: sandbox.environment };
  expect((await alike(["a", "--wait", "1s"], options)).status).toBe(5);
  const waiting = alike(["a", "--wait", "60s"], options);
  await sandbox.ok(["start"]);
  expect((await alike(["a"], options)).status).toBe(3);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  expect((await waiting).status, "unlocked, and no such secret").toBe(4);
});

/** A token, and the name of a secret that may be fetched with it alone. */
async function tokenFor(agent: LiveAgent): Promise<{ token: Buffer; allowed: string }> {
  using administrator = await agent.administrator();
  const [label, allowed] = ["native", "t/secret"];
  await set(administrator, allowed, Buffer.from("for the token"));
  const token = await makeToken(administrator, label);
  await agent.sandbox.grant(allowed, "--token", label);
  return { token, allowed };
}
