/** A job in Python against the real agent: fetch, store, wait, token, and every refusal as the exception it should be. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { Result, RunOptions } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { Pty } from "../support/pty.ts";
import { needsPython, PYTHON, PYTHON_ENVIRONMENT, PythonStepper, runPython } from "../support/python.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const OWN_UID = String(process.getuid?.() ?? 0);
const OTHER_UID = 64_330;
const VALUE = Buffer.from([...Array(256).keys()]);

/** What a job tells: what it returned, or which exception it met. The value itself goes as hexadecimal digits. */
const job = (body: string): string => `
import json, os, sys
import sotto
def run():
${body.replaceAll(/^/gm, "    ")}
try:
    print(json.dumps({"result": run()}))
except sotto.Error as error:
    print(json.dumps({"error": type(error).__name__, "code": error.code, "exit": error.exit, "hint": error.hint}))
`;
const FETCH = job(`
with sotto.secret(sys.argv[1]) as s:
    held = s.bytes
    told = [held.hex(), dict(s.attributes), s.version]
return told + [held == bytes(len(held))]
`);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start({ shared: true, config: { ticket: "0" } });
  await sandbox.set("bank/login", VALUE, ["--attr", "username=batch"]);
  await sandbox.set("bank/other", "x");
  await sandbox.grant("bank/login", "--uid", OWN_UID);
  await sandbox.grant("py/**", "--uid", OWN_UID, "--may", "get,set");
});
afterAll(() => sandbox[Symbol.asyncDispose]());
beforeEach((context) => needsPython(context, "msgpack"));

function told({ status, stdout, stderr }: Result): unknown {
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.toString());
}

async function run(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<unknown> {
  const { env, ...rest } = options;
  return told(await runPython(script, args, { ...rest, env: { ...sandbox.environment, ...env } }));
}

const error = (name: string, code: string, exit: number): unknown =>
  expect.objectContaining({ error: name, code, exit, hint: expect.any(String) as unknown });

describe("fetch and store", () => {
  it("the exact bytes, attributes and version; zeros afterwards", async () => {
    const expected = [VALUE.toString("hex"), { username: "batch" }, 1, true];
    expect(await run(FETCH, ["bank/login"])).toEqual({ result: expected });
  });

  it("stores by a rule, in versions; 1 MiB and nothing", async () => {
    const script = job(`
versions = [sotto.store("py/a", bytearray(b"one"), attributes={"username": "u"}), sotto.store("py/a", memoryview(b"two"))]
try:
    sotto.store("py/a", b"three", if_version=1)
except sotto.Conflict as conflict:
    versions.append(conflict.exit)
with sotto.get("py/a") as s:
    versions += [s.text(), s.version, s.attributes["username"]]
for size in (0, 1024 * 1024):
    sotto.store("py/big", bytes([7]) * size)
    value = sotto.retrieve("py/big")
    versions.append(value == bytes([7]) * size)
    sotto.wipe(value)
    versions.append(value == bytes(size))
return versions
`);
    expect(await run(script)).toEqual({
      result: [1, 2, 9, "two", 2, "u", true, true, true, true],
    });
  });

  it("stores with the passphrase of an administrator, and removes; without it `AuthRequired`", async () => {
    const script = job(`
passphrase = bytearray(sys.stdin.buffer.readline().rstrip())
met = []
try:
    sotto.store("admin/a", b"1")
except sotto.AuthRequired as error:
    met.append(error.exit)
try:
    sotto.store("admin/a", b"1", passphrase=b"wrong passphrase")
except sotto.WrongPassphrase as error:
    met.append(error.exit)
met.append(sotto.store("admin/a", b"1", passphrase=passphrase))
with sotto.Client() as client:
    client.auth(passphrase)
    with client.get("admin/a", admin=True) as s:
        met.append(s.text())
    client.remove("admin/a")
    try:
        client.get("admin/a", admin=True)
    except sotto.NotFound as error:
        met.append(error.exit)
    met.append([client.status()["state"], list(client.names("bank"))])
sotto.wipe(passphrase)
return met
`);
    expect(await run(script, [], { input: `${PASSPHRASE}\n` })).toEqual({
      result: [7, 7, 1, "1", 4, ["unlocked", ["bank/login"]]],
    });
  });

  it("fetches with a token, and is denied with a wrong one", async () => {
    const token = (await sandbox.ok(["token", "new", "py"], { passphrase: PASSPHRASE })).stdout
      .toString()
      .trim();
    await sandbox.set("token/a", "by token");
    await sandbox.grant("token/a", "--token", "py");
    const file = join(sandbox.folder, "token");
    writeFileSync(file, token, { mode: 0o600 });
    const script = job(`
with open(sys.argv[1], "rb", buffering=0) as file:
    token = bytearray(64)
    token = token[: file.readinto(token)]
with sotto.secret("token/a", token=token) as s:
    told = s.text()
token[0] ^= 1
try:
    sotto.secret("token/a", token=token)
except sotto.Denied as error:
    return [told, error.exit]
`);
    expect(await run(script, [file])).toEqual({ result: ["by token", 4] });
  });
});

describe("refusals", () => {
  it.each([["bank/other"], ["no/such"]])("denied: %s", async (name) => {
    expect(await run(FETCH, [name])).toEqual(error("Denied", "denied", 4));
  });

  it("denied to another user", async (context) => {
    needsRoot(context);
    using installed = new Installation(); // the checkout may lie where only its owner can look
    const env = { PYTHONPATH: join(installed.modules, "@sotto/client/python/src") };
    const options = { uid: OTHER_UID, env };
    expect(await run(FETCH, ["bank/login"], options)).toEqual(error("Denied", "denied", 4));
    await sandbox.grant("bank/login", "--uid", String(OTHER_UID));
    expect(await run(FETCH, ["bank/login"], options)).toEqual({
      result: expect.arrayContaining([VALUE.toString("hex")]) as unknown,
    });
  });

  it("rate limited, and for how long", async () => {
    await sandbox.set("rate/a", "x");
    await sandbox.grant("rate/a", "--uid", OWN_UID, "--rate", "1/1h");
    const script = job(`
sotto.fetch("rate/a").close()
try:
    sotto.fetch("rate/a")
except sotto.RateLimited as error:
    return [error.exit, 3000 < error.retry_after <= 3600]
`);
    expect(await run(script)).toEqual({ result: [11, true] });
  });

  it("B119: no agent, and a socket that is not to be trusted", async () => {
    const nowhere = { SOTTO_SOCKET: join(sandbox.folder, "none") };
    expect(await run(FETCH, ["a"], { env: nowhere })).toEqual(error("Unreachable", "unreachable", 5));
    const script = job(`
os.chmod(sys.argv[1], 0o777)
try:
    sotto.secret("bank/login")
finally:
    os.chmod(sys.argv[1], 0o755)
`);
    expect(await run(script, [join(sandbox.socket, "..")])).toEqual(error("Untrusted", "untrusted", 6));
  });

  it("`require` without a terminal is denied at once", async (context) => {
    needsPrograms(context, "setsid");
    const script = job(`return sotto.require("py/nothing")`);
    expect(await run(script)).toEqual(error("Denied", "denied", 4));
  });
});

describe("require", () => {
  beforeEach((context) => needsPrograms(context, "setsid"));

  /** Runs a script on a terminal; types each answer when the screen asks for it. Returns all that was shown. */
  async function onTerminal(
    script: string,
    answers: readonly (readonly [string, string])[],
  ): Promise<string> {
    using pty = new Pty();
    const before = pty.settings;
    const child = pty.spawn([PYTHON, "-c", script], { ...PYTHON_ENVIRONMENT, ...sandbox.environment });
    for (const [prompt, answer] of answers) {
      await pty.shows(prompt);
      pty.type(`${answer}\n`);
    }
    expect(await child.ended, pty.screen).toEqual({ status: 0, signal: null });
    expect(pty.settings).toBe(before);
    return pty.screen;
  }

  it("on a terminal asks once, without showing what is typed, and stores it", async () => {
    const script = `
import sotto
with sotto.require("py/typed") as s:
    print(s.bytes == b"typed by hand", s.version)
with sotto.require("py/typed") as s:
    print("again", s.version)
`;
    const screen = await onTerminal(script, [["Value to store: ", "typed by hand"]]);
    expect(screen).toMatch(/True 1\s+again 1\s+$/);
    expect(screen).not.toContain("by hand");
  });

  it("asks for the passphrase where no rule allows to store", async () => {
    const script = `
import sotto
try:
    sotto.require("asked/a")
except sotto.Denied as error:
    print("stored, and no rule to fetch it")
`;
    const screen = await onTerminal(script, [
      ["Value to store: ", "a value"],
      ["Passphrase of the vault: ", PASSPHRASE],
    ]);
    expect(screen).toContain("stored, and no rule to fetch it");
    expect(screen).not.toContain("horse");
    const list = await sandbox.ok(["list", "asked", "--all"], { passphrase: PASSPHRASE });
    expect(list.stdout.toString()).toContain("asked/a");
  });
});

describe("locked", () => {
  it("says so, waits for the unlock, and gives up when the time is over", async () => {
    await using own = await Sandbox.start();
    await own.set("a/b", "after the unlock");
    await own.grant("a/b", "--uid", OWN_UID);
    await own.ok(["lock"]);
    const env = own.environment;
    expect(await run(FETCH, ["a/b"], { env })).toEqual(error("Locked", "locked", 3));
    const late = job(`
import time
began = time.monotonic()
try:
    sotto.secret("a/b", wait=1)
except sotto.Locked:
    return 1 <= time.monotonic() - began < 10
`);
    expect(await run(late, [], { env })).toEqual({ result: true });
    using waiting = new PythonStepper(WAIT, [], env);
    const waited = waiting.run("fetch");
    await expect.poll(() => own.log().length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await own.ok(["unlock"], { passphrase: PASSPHRASE });
    expect(await waited).toBe("after the unlock");
  });
});

const WAIT = `
import sotto
def fetch():
    with sotto.secret("a/b", wait=60) as s:
        return s.text()
`;
