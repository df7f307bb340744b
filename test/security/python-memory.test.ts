import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { copiesIn, newMarker, none, valueWith } from "../support/canaries.ts";
import { Pty } from "../support/pty.ts";
import { needsPython, PYTHON, PYTHON_ENVIRONMENT, PythonStepper } from "../support/python.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Short ones, which lie in Python's own pools, and up to the longest. */
const SIZES = [24, 60, 500, 20_000, 1024 * 1024];

/** A job, as its author would write it, in steps. It reads what it sends from files, into buffers that it wipes. */
const JOB = `
import gc, os, sys
import sotto

folder = sys.argv[1]
names = [f"canary/s{at}" for at in range(5)]
held = []

def read_bytes(file):
    data = bytearray(24)
    with open(os.path.join(folder, file), "rb", buffering=0) as source:
        assert source.readinto(data) == 24
    return data

def get():
    for name in names:
        held.append(sotto.secret(name))

def close():
    while held:
        held.pop().close()

def within():
    for name in names:
        with sotto.secret(name) as s:
            assert len(s.bytes) >= 24

def raising():
    for name in names:
        try:
            with sotto.secret(name) as s:
                raise ValueError(len(s.bytes))
        except ValueError as error:
            held.append(error)

def retrieve():
    for name in names:
        sotto.wipe(sotto.retrieve(name))

def send():
    passphrase, token = read_bytes("passphrase"), read_bytes("token")
    with sotto.Client() as client:
        client.auth(passphrase)
        for _ in range(5):
            client.get(names[0], token=token).close()
        try:
            client.auth(token)
        except sotto.WrongPassphrase as error:
            held.append(error)
        client.store("canary/sent", token, attributes={"a": "b"})
    sotto.store("canary/sent", token, passphrase=passphrase)
    sotto.wipe(passphrase)
    sotto.wipe(token)

def fails():
    real = sotto.connection.read_payload
    def interrupted(read, length):
        def twice(target):
            if len(target) < length:
                raise KeyboardInterrupt
            return read(target[: length // 2 or 1])
        return real(twice, length)
    sotto.connection.read_payload = interrupted
    for name in names[2:]:
        try:
            sotto.secret(name)
        except KeyboardInterrupt as error:
            held.append(error)
    sotto.connection.read_payload = real
    assert len(held) >= 3

def text():
    held.append(sotto.secret(names[0]).text())
`;

it("B73: after `with` no copy of a value, passphrase or token is left in a Python job's memory", async (context) => {
  needsRoot(context);
  needsPython(context, "msgpack");
  const [value, passphrase, token] = [newMarker(), newMarker(), newMarker()];
  const canaries = { value, passphrase, token };
  await using sandbox = await Sandbox.start({ init: false });
  await fill(sandbox, passphrase, value);
  writeFileSync(join(sandbox.folder, "passphrase"), passphrase);
  writeFileSync(join(sandbox.folder, "token"), token);
  using job = new PythonStepper(JOB, [sandbox.folder], sandbox.environment);
  const copies = (): Readonly<Record<string, number>> => copiesIn(job.pid, canaries).found;

  await job.run("get");
  expect(copies()["value"], "held: the scan finds them").toBeGreaterThan(SIZES.length);
  for (const step of ["close", "within", "raising", "retrieve", "send", "fails"]) {
    await job.run(step);
    expect(copies(), `after ${step}`).toEqual(none(canaries));
  }
  await job.run("text");
  expect(copies()["value"], "a string is a copy that stays, as its documentation says").toBeGreaterThan(0);
});

async function fill(sandbox: Sandbox, passphrase: Buffer, marker: Buffer): Promise<void> {
  using asker = await Asker.open(sandbox.socket);
  await asker.must("init", { recovery: false }, passphrase);
  for (const selector of ["canary/**", "typed/**"])
    await asker.must("grant", { selector, may: ["get"], uids: [process.getuid?.() ?? 0] });
  for (const [i, size] of SIZES.entries())
    await asker.must("set", { name: `canary/s${String(i)}` }, valueWith(marker, size));
}

const ASKING = `
import sotto, time
sotto.require("typed/a").close()
print("closed", flush=True)
time.sleep(600)
`;

it("B73: nor of what was typed for `require`", async (context) => {
  needsRoot(context);
  needsPrograms(context, "setsid");
  needsPython(context, "msgpack");
  const [value, passphrase] = [newMarker(), newMarker()];
  /** Not at the start of what is typed: there malloc writes its own notes into memory that was given back. */
  const typed = (marker: Buffer): Buffer => Buffer.concat([Buffer.alloc(48, "."), marker]);
  await using sandbox = await Sandbox.start({ init: false, config: { ticket: "0" } });
  await fill(sandbox, typed(passphrase), value);
  using pty = new Pty();
  const child = pty.spawn([PYTHON, "-c", ASKING], { ...PYTHON_ENVIRONMENT, ...sandbox.environment });
  const copies = (): Readonly<Record<string, number>> => copiesIn(child.pid, { value, passphrase }).found;
  await pty.shows("Value to store: ");
  pty.type(`${typed(value).toString()}\n`);
  await pty.shows("Passphrase of the vault: ");
  expect(copies()["value"], "while it is needed").toBeGreaterThan(0);
  pty.type(`${typed(passphrase).toString()}\n`);
  await pty.shows("closed");
  expect(copies()).toEqual({ value: 0, passphrase: 0 });
});
