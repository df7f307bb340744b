/** The Python client in a Python for Windows, where one is named: none can be installed from where the rest comes from. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { annotateCopies, copiesIn, newMarker, none } from "../support/canaries.ts";
import type { PythonStepper } from "../support/python.ts";
import { Pty } from "../support/pty.ts";
import { needsRoot } from "../support/requirements.ts";
import { hasWindowsPython, needsWindowsPython, onTerminal, windowsPython } from "./python.ts";
import { needsWine, PASSPHRASE, windowsPath, WineSandbox } from "./wine.ts";

const isReady = (): boolean => hasWindowsPython && inject("noWine") === "";
const LARGE = "1 MiB of it. ".repeat(90_000).slice(0, 1024 * 1024);

let sandbox: WineSandbox;
beforeAll(async () => {
  if (isReady()) sandbox = await start();
});
afterAll(async () => {
  if (isReady()) await sandbox[Symbol.asyncDispose]();
});
beforeEach((context) => {
  needsWine(context);
  needsWindowsPython(context);
});

/** Whom everything here runs as. */
let sid: string;

/** An agent with rules for `job/**` and `own/**`. */
async function start(): Promise<WineSandbox> {
  const made = await WineSandbox.start();
  const { stdout } = await made.ok(["status", "--json"]);
  sid = (JSON.parse(stdout) as { unlockedBySid: string }).unlockedBySid;
  await made.ok(["grant", "job/**", "--sid", sid]);
  await made.ok(["grant", "own/**", "--sid", sid, "--may", "get,set"]);
  await made.ok(["set", "job/login", "--stdin", "--attr", "username=batch"], "grüß dich\n");
  await made.ok(["set", "job/empty", "--stdin"], "");
  await made.ok(["set", "job/large", "--stdin"], LARGE);
  return made;
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Values leave the job as digests. */
const JOB = `
import hashlib, time
import sotto
from sotto.paths import job_sockets

held = []

def met(act):
    began = time.monotonic()
    try:
        return act()
    except sotto.Error as error:
        seconds = round(time.monotonic() - began)
        return {"code": error.code, "reason": error.reason, "exit": error.exit, "seconds": seconds, "where": error.where}

def told(name, **options):
    with sotto.secret(name, **options) as s:
        digest = hashlib.sha256(s.bytes).hexdigest()
        return {"digest": digest, "attributes": dict(s.attributes), "version": s.version}

def sockets():
    return job_sockets()

def small():
    return told("job/login")

def several():
    return [told(name)["digest"] for name in ("job/empty", "job/large")]

def other():
    return met(lambda: told("other/secret"))

def once():
    return met(lambda: told("job/login"))

def waits():
    return met(lambda: told("job/login", wait=60))

def waits_a_little():
    return met(lambda: told("job/login", wait=1))

def patient():
    return met(lambda: told("job/login", timeout=60))

def stores():
    value = bytearray(b"made here")
    versions = [sotto.store("own/new", value, attributes={"a": "b"}), sotto.store("own/new", b"again")]
    with sotto.Client() as client:
        names = list(client.names("own"))
    return [versions, names, met(lambda: sotto.store("own/new", value, if_version=0))]

def connects():
    held.append(sotto.Client())

def lets_go():
    while held:
        held.pop().close()

def waits_connected():
    with sotto.Client() as client:
        return met(lambda: client.wait(60))
`;

const VALUE = { digest: digestOf("grüß dich\n") };
/** By the client's own limit of 2.5 s, on a machine that may be busy: not at once, and not after 12 s. */
const LATE = { code: "timeout", exit: 5, seconds: expect.closeTo(6.5, -1) as number };

const jobOf = (of: WineSandbox): PythonStepper => windowsPython(JOB, { SOTTO_HOME: of.home });

describe("a job in Python for Windows", () => {
  it("looks for its agent where Node's client does", async () => {
    const { stdout } = await sandbox.script("sockets.mjs").ended;
    using chosen = jobOf(sandbox);
    using usual = windowsPython(JOB);
    expect([await chosen.run("sockets"), await usual.run("sockets")]).toEqual(JSON.parse(stdout));
  });

  it("gets the exact bytes that its rule allows, and nothing else", async () => {
    using job = jobOf(sandbox);
    expect(await job.run("small")).toEqual({ ...VALUE, attributes: { username: "batch" }, version: 1 });
    expect(await job.run("several")).toEqual([digestOf(""), digestOf(LARGE)]);
    expect(await job.run("other")).toMatchObject({ code: "denied", exit: 4 });
    const got = sandbox
      .auditRecords()
      .findLast(({ name, result }) => name === "job/login" && result === "allowed");
    expect(got?.["exe"]).toMatch(/\\python\.exe$/);
  });

  it("stores by a rule, and is told of a conflict", async () => {
    using job = jobOf(sandbox);
    const conflict = { code: "conflict", exit: 9 };
    expect(await job.run("stores")).toMatchObject([[1, 2], ["own/new"], conflict]);
    expect((await sandbox.ok(["get", "own/new"])).stdout).toBe("again");
  });

  it("is told that the agent is locked, waits for the unlock, and gives up when the time is over", async () => {
    using job = jobOf(sandbox);
    await sandbox.ok(["lock"]);
    const locked = { code: "locked", exit: 3 };
    expect(await job.run("once")).toMatchObject(locked);
    expect(await job.run("waits_a_little")).toMatchObject(locked);
    const waiting = job.run("waits");
    await sandbox.ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
    expect(await waiting).toMatchObject(VALUE);
  });
});

describe("an agent that does not answer", () => {
  it("hangs: told in time, also when its pipe is full; and served when it goes on", async () => {
    using job = jobOf(sandbox);
    await job.run("small");
    sandbox.signal("SIGSTOP");
    try {
      expect(await job.run("once")).toMatchObject(LATE);
      for (let i = 0; i < 3; i++) await job.run("connects"); // and the one before: all instances that stood ready
      await expect(job.run("connects"), "no instance is free").rejects.toThrow("TimedOut");
      const patient = job.run("patient");
      await sleep(1000);
      sandbox.signal("SIGCONT");
      expect(await patient).toMatchObject(VALUE);
    } finally {
      sandbox.signal("SIGCONT");
    }
    await job.run("lets_go");
  });

  it("is not there, or ends while it is asked", async () => {
    await using own = await start();
    using job = jobOf(own);
    await job.run("small");
    const waiting = own.ok(["lock"]).then(() => job.run("waits_connected"));
    await sleep(3000);
    await own.kill();
    expect(await waiting).toMatchObject({ code: "unreachable", reason: "closed", exit: 5 });
    expect(await job.run("once")).toMatchObject({ code: "unreachable", reason: "absent", exit: 5 });
  });
});

describe("who serves the pipe", () => {
  const STRANGER = "S-1-5-21-1-2-3-1001";
  const SYSTEM = "S-1-5-18";

  it.each([
    [
      STRANGER,
      { code: "untrusted", exit: 6, where: expect.stringContaining(`belongs to ${STRANGER}`) as string },
    ],
    [SYSTEM, LATE],
  ])("is judged before a byte is sent: %s", async (owner, expected) => {
    await using own = new WineSandbox();
    const squatter = own.script("squat.mjs", owner);
    try {
      await squatter.said("squatting");
      using job = jobOf(own);
      expect(await job.run("once")).toMatchObject(expected);
      await sleep(500);
    } finally {
      squatter.child.kill("SIGKILL");
    }
    const { stdout } = await squatter.ended;
    expect(stdout.includes("received"), stdout).toBe(owner === SYSTEM);
  });
});

const CAREFUL = `
import sotto
held = []

def get():
    for name in ("own/a", "own/b", "own/c"):
        held.append(sotto.secret(name))

def close():
    while held:
        held.pop().close()

def raising():
    try:
        with sotto.secret("own/c") as s:
            raise ValueError(len(s.bytes))
    except ValueError as error:
        held.append(error)

def send():
    with sotto.secret("own/a") as s:
        sotto.store("own/sent", s.bytes)
        sotto.store("own/sent", memoryview(s.bytes).toreadonly())
`;

it("leaves no copy of a value in the memory of such a job", async (context) => {
  needsRoot(context);
  const value = newMarker();
  for (const [name, times] of Object.entries({ "own/a": 1, "own/b": 800, "own/c": 43_000 }))
    await sandbox.ok(["set", name, "--stdin"], value.toString().repeat(times));
  using job = windowsPython(CAREFUL, { SOTTO_HOME: sandbox.home });
  await job.run("get");
  expect(copiesIn(job.pid, { value }).found["value"], "held: the scan finds them").toBeGreaterThan(40_000);
  for (const step of ["close", "raising", "send"]) {
    await job.run(step);
    const copies = copiesIn(job.pid, { value });
    expect(copies.found, `after ${step}`).toEqual(none({ value }));
    await annotateCopies(context, copies);
  }
});

const KEYRING = `
def run():
    from sotto.keyring_backend import SottoKeyring
    keyring = SottoKeyring()
    keyring.set_password("svc one", "Zoe", "p4ss")
    return [SottoKeyring.priority, keyring.get_password("svc one", "Zoe"), keyring.get_password("svc one", "nobody")]

def offered():
    from sotto.keyring_backend import SottoKeyring
    return SottoKeyring.priority
`;

it("serves programs that use keyring, and is not offered where there is no agent", async () => {
  await sandbox.ok(["grant", "keyring/**", "--sid", sid, "--may", "get,set"]);
  using program = windowsPython(KEYRING, { SOTTO_HOME: sandbox.home });
  expect(await program.run("run")).toEqual([2, "p4ss", null]);
  using without = windowsPython(KEYRING, { SOTTO_HOME: String.raw`C:\nowhere` });
  await expect(without.run("offered")).rejects.toThrow("RuntimeError: no agent answers: there is no socket");
});

const ASKING = `
import os, sotto, time
with sotto.require("own/typed") as s:
    print("held", len(s.bytes), flush=True)
    while not os.path.exists(os.environ["GO"]):
        time.sleep(0.05)
print("closed", flush=True)
time.sleep(600)
`;

it("asks at the console for what is not there, shows nothing of what is typed, and keeps no copy", async (context) => {
  needsRoot(context);
  const value = newMarker(); // ASCII: of anything else Wine's console on a terminal drops the highest bit
  const go = join(sandbox.folder, "go");
  const { command, env } = onTerminal(ASKING, { SOTTO_HOME: sandbox.home, GO: windowsPath(go) });
  using pty = new Pty();
  const child = pty.spawn(command, env);
  await pty.shows("Value to store:");
  while (pty.echoes) await sleep(20); // Wine's console takes a moment
  pty.type(`${"-".repeat(48)}${value.toString()}\r`);
  await pty.shows("held 72");
  expect(copiesIn(child.pid, { value }).found["value"], "held: the scan finds it").toBeGreaterThan(0);
  writeFileSync(go, "");
  await pty.shows("closed");
  expect(pty.screen).not.toContain("---");
  expect(copiesIn(child.pid, { value }).found).toEqual(none({ value }));
  expect((await sandbox.ok(["get", "own/typed"])).stdout).toBe(`${"-".repeat(48)}${value.toString()}`);
});
