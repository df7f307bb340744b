import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, type TestContext } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { annotateCopies, copiesIn, newMarker, none, valueWith } from "../support/canaries.ts";
import { formsOf, scanMemory } from "../support/memory-scan.ts";
import { Installation } from "../support/installation.ts";
import { childrenOf } from "../support/processes.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";
import { UserSandbox } from "../support/user-sandbox.ts";
import { keysOfVault } from "../support/vault-keys.ts";

const UID = 64_215;
const SETS = 200;
const GETS = 2_000;
const FAILED_UNLOCKS = 5;
const MIB = 1024 * 1024;
const AFTER_LOCK_MS = 1_000;
/** From a few bytes to several of the chunks in which values are sealed; most are small, as real ones are. */
const SIZES = [24, 60, 300, 1_000, 24, 60, 16_384, 300, 1_000, 16_385, 50_000];

/** What this test gives to one agent, and looks for in it afterwards. This process holds copies; only the agent is scanned. */
class Subject {
  /** In every value. */
  readonly value = newMarker();
  /** In what was asked for with a token. */
  readonly token = newMarker();
  readonly passphrase = newMarker();
  readonly wrongPassphrase = newMarker();
  readonly newPassphrase = newMarker();
  /** In an attribute, which is no secret: the agent holds it as text while it is unlocked. */
  readonly attribute = newMarker();
  readonly sandbox: Sandbox;
  recoveryCode = Buffer.alloc(0);

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  get canaries(): Record<string, Buffer> {
    const { value, token, passphrase, wrongPassphrase, newPassphrase, recoveryCode } = this;
    const normalised = Buffer.from(recoveryCode.toString().replaceAll("-", ""));
    return { value, token, passphrase, wrongPassphrase, newPassphrase, recoveryCode, normalised };
  }

  open(): Promise<Asker> {
    return Asker.open(this.sandbox.socket);
  }

  proved(): Promise<Asker> {
    return Asker.proved(this.sandbox.socket, this.passphrase);
  }
}

it("B71, B72: no value, passphrase or key lies in the agent's memory, neither unlocked nor after a lock", async (context) => {
  needsRoot(context);
  await using sandbox = await Sandbox.start({ init: false });
  await expectNoCopies(new Subject(sandbox), context);
});

it("B71, B72: no value or passphrase either where the kernel locks no memory at all", async (context) => {
  needsRoot(context);
  needsPrograms(context, "prlimit");
  using installed = new Installation();
  await using sandbox = new UserSandbox(installed, UID);
  const started = await sandbox.agentWithin(["prlimit", "--memlock=0:0"], ["start"]);
  expect(started.status, started.stderr).toBe(0);
  const subject = new Subject(sandbox);
  expect(await memoryMode(subject)).toBe("weak");
  await expectNoCopies(subject, context);
});

it("B71, B72, B74: nor where the kernel has no secret memory and locks pages instead: the status says `locked`", async (context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
  await using sandbox = new Sandbox();
  const pid = await startWithoutSecretMemory(sandbox);
  const subject = new Subject(sandbox);
  expect(await memoryMode(subject)).toBe("locked");
  expect(sandbox.auditRecords().map(({ note }) => note)).toContainEqual(
    expect.stringContaining("memory locked"),
  );
  const [, locked] = /^VmLck:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1")) ?? [];
  expect(Number(locked), "KiB that the kernel counts as locked").toBeGreaterThan(0);
  await expectNoCopies(subject, context);
});

/** As on a kernel without memfd_secret(2): strace answers for it until the agent serves, and then lets go of it. */
async function startWithoutSecretMemory(sandbox: Sandbox): Promise<number> {
  const faults = ["-e", "trace=memfd_secret", "-e", "inject=memfd_secret:error=ENOSYS"];
  const strace = spawn("strace", ["-f", "-qq", ...faults, process.execPath, CLI, "start"], {
    env: sandbox.environment,
    stdio: "ignore",
  });
  try {
    let pid: number | undefined;
    await expect
      .poll(async () => (pid = await sandbox.pid()), { timeout: 30_000, interval: 200 })
      .toBeGreaterThan(0);
    await expect
      .poll(() => childrenOf(strace.pid ?? 0), { timeout: 10_000, message: "the command has ended" })
      .toEqual([]);
    return pid ?? 0;
  } finally {
    const ended = once(strace, "exit");
    strace.kill("SIGTERM"); // it lets go of what it traces
    await ended;
  }
}

/** Uses the agent in every way that takes or gives a secret, and looks into its memory. */
async function expectNoCopies(subject: Subject, context: TestContext): Promise<void> {
  const { sandbox } = subject;
  await makeVault(subject);
  await abortSets(subject);
  await setMany(subject);
  await getMany(subject);
  await failAndUnlock(subject);
  const pid = (await sandbox.pid()) ?? 0;
  // The key of the passphrase is watched where it is derived (vault/kdf-memory.test.ts): SECURITY.md says why not here.
  const { "key of the passphrase": _watched, ...keys } = await keysOfVault(
    sandbox.home,
    subject.passphrase.toString(),
  );
  expect(_watched?.length).toBe(32);
  const canaries = { ...subject.canaries, ...keys };

  using slow = await readSlowly(subject);
  using half = await sendHalfASet(subject);
  const isSecret = (await memoryMode(subject)) === "secret";
  // Only secret memory is closed to root. Other secure memory is as readable as all the rest: while unlocked it holds
  // the keys, and a chunk of the value of each connection that is at work. These must be all that there is.
  if (!isSecret) await hangUp(subject, [slow, half]);
  const allowed: Record<string, number> = isSecret ? {} : { "file key": 2, "value key": 2 }; // a copy is found whole and by its start
  const unlocked = copiesIn(pid, canaries);
  expect([slow.raw.closed, half.raw.closed], "both at work while it was scanned").toEqual([
    !isSecret,
    !isSecret,
  ]);
  expect(unlocked.found).toEqual({ ...none(canaries), ...allowed });
  expect(unlocked.unreadableBytes > 0, "secret memory is there exactly when the status says so").toBe(
    isSecret,
  );
  expect(countOf(pid, subject.attribute), "the scan finds what the agent may hold").toBeGreaterThan(0);

  using last = await subject.open();
  await last.must("lock");
  const lockedAt = performance.now();
  const locked = copiesIn(pid, canaries);
  expect(performance.now() - lockedAt, "time of the scan").toBeLessThan(AFTER_LOCK_MS * 10);
  expect(locked.found).toEqual(none(canaries));
  await annotateCopies(context, unlocked, allowed);
  await annotateCopies(context, locked);
}

it("B71: the scan finds every form of a secret that a process does hold", async (context) => {
  needsRoot(context);
  const planted = newMarker();
  const script = `
    process.stdin.on("data", (given) => {
      globalThis.raw = Buffer.from(given);
      globalThis.encoded = [given.toString("base64"), given.toString("hex"), Buffer.from(given.toString(), "utf16le")];
      process.stdout.write("planted");
    });`;
  const helper = spawn(process.execPath, ["-e", script], { env: {}, stdio: ["pipe", "pipe", "inherit"] });
  try {
    helper.stdin.write(planted);
    await once(helper.stdout, "data");
    const { counts } = scanMemory(helper.pid ?? 0, formsOf(planted));
    expect(counts.filter((count) => count === 0)).toEqual([]);
  } finally {
    helper.kill("SIGKILL");
  }
});

async function makeVault(subject: Subject): Promise<void> {
  using asker = await subject.open();
  const { payload } = await asker.must("init", { recovery: true }, subject.passphrase);
  subject.recoveryCode = Buffer.from(payload);
  await asker.must("grant", { selector: "canary/**", may: ["get"], uids: [process.getuid?.() ?? 0] });
}

/** The client dies in the middle of its payload: once at the start of a chunk, once within one, once in a small value. */
async function abortSets(subject: Subject): Promise<void> {
  for (const sent of [50_000, 16_384, 30]) {
    using asker = await subject.proved();
    const frame = asker.frame("set", { name: "canary/aborted" }, valueWith(subject.value, 60_000));
    await new Promise((resolve) => asker.raw.socket.write(frame.subarray(0, sent), resolve));
    await nextTurn();
  }
}

async function setMany(subject: Subject): Promise<void> {
  using asker = await subject.proved();
  for (let i = 0; i < SETS; i++) {
    const fields = { name: `canary/n${String(i)}`, attributes: { note: subject.attribute.toString() } };
    const value = valueWith(subject.value, SIZES[i % SIZES.length] ?? 24);
    if (i % 5 === 0) await sendInPieces(asker, asker.frame("set", fields, value));
    else await asker.must("set", fields, value);
  }
  await pipelineTwo(subject, asker);
  await asker.must("set", { name: "canary/big" }, valueWith(subject.value, MIB));
}

/** As a slow network would: the agent has to gather what arrives. */
async function sendInPieces(asker: Asker, frame: Buffer): Promise<void> {
  for (let at = 0, step = 5; at < frame.length; at += step, step = step * 3) {
    await new Promise((resolve) => asker.raw.socket.write(frame.subarray(at, at + step), resolve));
    await nextTurn();
  }
  expect(await nextCode(asker)).toBe("ok");
}

/** The second request arrives while the first is still at work. */
async function pipelineTwo(subject: Subject, asker: Asker): Promise<void> {
  const frames = ["canary/one", "canary/two"].map((name) =>
    asker.frame("set", { name }, valueWith(subject.value, 6_000)),
  );
  asker.raw.send(Buffer.concat(frames));
  expect([await nextCode(asker), await nextCode(asker)]).toEqual(["ok", "ok"]);
}

async function nextCode(asker: Asker): Promise<string> {
  const reply = await asker.raw.reply();
  return reply === undefined ? "closed" : codeOf(reply);
}

/** Over several connections at once; some with a token, some as an administrator. */
async function getMany(subject: Subject): Promise<void> {
  const connections = 8;
  const work = Array.from({ length: connections }, async (_, start) => {
    using asker = await subject.proved();
    for (let i = start; i < GETS; i += connections) {
      const token = i % 10 === 0 ? valueWith(subject.token, 32) : undefined;
      const { payload } = await asker.must("get", { name: `canary/n${String(i % SETS)}` }, token);
      expect(payload.includes(subject.value)).toBe(true);
    }
    expect((await asker.must("get", { name: "canary/big", admin: true })).payload.length).toBe(MIB);
  });
  await Promise.all(work);
}

/** Wrong passphrases of several lengths, a good one, a good recovery code, and a passphrase that is changed and changed back. */
async function failAndUnlock(subject: Subject): Promise<void> {
  using asker = await subject.open();
  await asker.must("lock");
  for (let i = 0; i < FAILED_UNLOCKS; i++) {
    const wrong = Buffer.concat([subject.wrongPassphrase, randomBytes(i * 200)]);
    expect(codeOf(await asker.ask("unlock", {}, wrong))).toBe("wrong-passphrase");
  }
  await asker.must("unlock", { recovery: true }, subject.recoveryCode);
  await asker.must("lock");
  await asker.must("unlock", {}, subject.passphrase);
  await asker.must("passwd", {}, subject.newPassphrase);
  await asker.must("auth", {}, subject.newPassphrase);
  await asker.must("passwd", {}, subject.passphrase);
}

/** Asks for 1 MiB and reads nothing: the agent is left with most of the answer. */
async function readSlowly(subject: Subject): Promise<Asker> {
  const slow = await subject.open();
  slow.raw.socket.pause();
  slow.raw.send(slow.frame("get", { name: "canary/big" }));
  await alive(subject);
  return slow;
}

async function sendHalfASet(subject: Subject): Promise<Asker> {
  const half = await subject.proved();
  const frame = half.frame("set", { name: "canary/half" }, valueWith(subject.value, 60_000));
  await new Promise((resolve) => half.raw.socket.write(frame.subarray(0, 40_000), resolve));
  await alive(subject);
  return half;
}

async function hangUp(subject: Subject, askers: readonly Asker[]): Promise<void> {
  for (const { raw } of askers) raw[Symbol.dispose]();
  for (const { raw } of askers) await raw.untilClosed();
  await alive(subject);
}

/** After its answer the agent has been through its event loop, and has met what was sent to it before. */
async function alive(subject: Subject): Promise<void> {
  using other = await subject.open();
  for (let i = 0; i < 3; i++) await other.must("get", { name: "canary/n0" });
}

async function memoryMode(subject: Subject): Promise<unknown> {
  using asker = await subject.open();
  return (await asker.must("status")).header.get("memory");
}

const countOf = (pid: number, bytes: Buffer): number => scanMemory(pid, [bytes]).counts[0] ?? 0;
