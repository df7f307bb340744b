/** Units get secrets through `LoadCredential=`: only root speaks for a unit, and only a rule for the unit counts. */
import { randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { runCommand } from "../support/command.ts";
import { DirectAgent } from "../support/direct-agent.ts";
import { setpriv } from "../support/other-process.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const VALUE = randomBytes(1024 * 1024);
const SMALL = "value-of-the-unit";
const PATIENT = { timeout: 20_000, interval: 50 };

/** Connects as systemd does, from an address that says what for, and prints what it is given. */
const ASK = `
use strict; use Socket; $| = 1; my ($path, $address) = @ARGV;
socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or die;
bind($socket, pack("Sa*", AF_UNIX, "\\0$address")) or die "bind: $!" if $address ne "";
connect($socket, sockaddr_un($path)) or die "connect: $!";
shutdown($socket, 1);
while (sysread($socket, my $part, 65536)) { print $part }
`;

let sandbox: Sandbox;
let agent: DirectAgent | undefined;
let socket: string;
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  sandbox = new Sandbox({ shared: true });
  if (!isRoot) return;
  socket = join(sandbox.folder, "run", "credentials.sock");
  await sandbox.ok(["start"]);
  await sandbox.ok(["stop"]); // the folder of the socket is there now
  agent = await DirectAgent.start(sandbox, ["--credential-socket", socket]);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.set("app/key", SMALL);
  await sandbox.set("app/large", VALUE);
  await sandbox.set("app/root", "for root only");
  await sandbox.grant("app/key", "--unit", "right.service");
  await sandbox.grant("app/large", "--unit", "right.service");
  await sandbox.grant("app/root", "--uid", "0");
  chmodSync(socket, 0o666); // whom it believes must not depend on the mode
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});
beforeEach((context) => {
  needsRoot(context);
  needsPrograms(context, "perl", "setpriv");
});

let number = 0;
const claim = (unit: string, id: string): string => `${(++number).toString(16)}/unit/${unit}/${id}`;

async function ask(address: string, become: readonly string[] = []): Promise<Buffer> {
  const command = [...become, "perl", "-e", ASK, socket, address];
  const { stdout, stderr } = await runCommand("env", command, { env: { PATH: process.env["PATH"] ?? "" } });
  expect(stderr).toBe("");
  return stdout;
}

const lastFetch = (): Record<string, unknown> | undefined =>
  sandbox.auditRecords().findLast(({ verb }) => verb === "get");

const fetchesOf = (wanted: string): number =>
  sandbox.auditRecords().filter(({ verb, name }) => verb === "get" && name === wanted).length;

it("the unit of a rule gets the value, byte for byte, and the audit says for whom", async () => {
  expect((await ask(claim("right.service", "app+key"))).toString()).toBe(SMALL);
  expect(lastFetch()).toMatchObject({
    ...{ uid: 0, unit: "right.service", name: "app/key", result: "allowed", note: "LoadCredential" },
  });
  expect((await ask(claim("right.service", "app+large"))).equals(VALUE)).toBe(true);
});

it("another unit gets nothing, not a byte, and the audit says so", async () => {
  expect(await ask(claim("wrong.service", "app+key"))).toHaveLength(0);
  expect(lastFetch()).toMatchObject({ uid: 0, unit: "wrong.service", name: "app/key", result: "denied" });
  expect(await ask(claim("right.service", "app+none"))).toHaveLength(0);
});

it("that the manager is root counts for nothing: a rule for root is not one for a unit", async () => {
  expect(await ask(claim("right.service", "app+root"))).toHaveLength(0);
  expect(lastFetch()).toMatchObject({ name: "app/root", result: "denied" });
});

it("nobody but root speaks for a unit", async () => {
  expect(await ask(claim("right.service", "app+key"), setpriv(64_271))).toHaveLength(0);
  expect(sandbox.auditRecords().at(-1)).toMatchObject({ uid: 64_271, verb: "connect", result: "denied" });
});

it.for([
  "",
  "nothing",
  "1/unit/right.service/app/key",
  "1/unit/right.service/app+key/",
  "1/unit/right.timer/app+key",
])("an address that asks for nothing gets nothing: %j", async (address) => {
  expect(await ask(address)).toHaveLength(0);
  expect(sandbox.auditRecords().at(-1)).toMatchObject({ uid: 0, verb: "connect", result: "denied" });
});

it("while it is locked a unit waits, and one that gave up waits no longer", async () => {
  const before = fetchesOf("app/large");
  await sandbox.ok(["lock"]);
  const waiting = ask(claim("right.service", "app+key"));
  const givesUp = runCommand("perl", ["-e", ASK, socket, claim("right.service", "app+large")], {
    timeoutMs: 500,
  });
  expect((await givesUp).signal).toBe("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect((await waiting).toString()).toBe(SMALL);
  expect(fetchesOf("app/large")).toBe(before);
});

it("many units at a time each get theirs, and nothing is left open", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask(claim("right.service", "app+large"))),
  );
  expect(answers.every((one) => one.equals(VALUE))).toBe(true);
  await vi.waitFor(async () => {
    const { stdout } = await runCommand(
      "sh",
      ["-c", `ls -l /proc/${String(agent?.pid)}/fd | grep -c socket:`],
      {
        env: { PATH: process.env["PATH"] ?? "" },
      },
    );
    expect(Number(stdout)).toBeLessThan(6);
  }, PATIENT);
});
