/** What `sotto-get` holds: one locked mapping that no core has, wiped on every way out, and nothing of the token once it was used. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { copiesIn, newMarker, valueWith } from "../support/canaries.ts";
import { runCommand } from "../support/command.ts";
import { build, compiler, isInstalled, needsCompiler, removeBuilds, sottoGet } from "../support/native.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const MIB = 1024 * 1024;
const OTHER_USER = 64_322;
const NAME = "job/secret";
const SLOW = { timeout: 30_000, interval: 100 };
const marker = newMarker();
let sandbox: Sandbox;
let token: Buffer;
let tokenFile: string;

removeBuilds();
beforeEach(needsCompiler);
beforeAll(async () => {
  sandbox = await Sandbox.start({ shared: true });
  using asker = await Asker.proved(sandbox.socket, PASSPHRASE);
  await asker.must("set", { name: NAME }, valueWith(marker, MIB));
  token = Buffer.from((await asker.must("token-new", { label: "nightly" })).payload);
  await asker.must("grant", { selector: NAME, may: ["get"], tokens: ["nightly"] });
  await asker.must("grant", { selector: NAME, may: ["get"], uids: [OTHER_USER] });
  tokenFile = join(sandbox.folder, "token");
  writeFileSync(tokenFile, token, { mode: 0o400 });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface Blocked extends Disposable {
  readonly child: ChildProcess;
  readonly pid: number;
  /** All that it has written to stderr. */
  readonly told: () => string;
}

/** Nobody reads the answer, which is more than a pipe holds: the program stays alive with the value in its memory. */
async function blocked(program: string, uid?: number, env: Record<string, string> = {}): Promise<Blocked> {
  const args = uid === undefined ? ["--token-file", tokenFile] : [];
  const child = spawn(program, [NAME, ...args], {
    env: { SOTTO_SOCKET: sandbox.socket, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let told = "";
  child.stderr.on("data", (bytes: Buffer) => (told += bytes.toString()));
  const pid = child.pid ?? 0;
  // It waits in write(2), number 1 on x64 and 64 on arm64, to descriptor 1.
  const writes = (): boolean => /^(?:1|64) 0x1 /.test(readFileSync(`/proc/${String(pid)}/syscall`, "latin1"));
  await expect.poll(writes, SLOW).toBe(true);
  return { child, pid, told: () => told, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

describe("while it has a value", () => {
  beforeEach(needsRoot);

  it("B64, B73: holds it once, in the locked mapping that no core has, and the token not at all", async () => {
    using job = await blocked(sottoGet());
    const { found } = copiesIn(job.pid, { marker, token, end: token.subarray(-16) });
    expect(found["marker"], "the scan finds it").toBeGreaterThan(0);
    expect(found).toMatchObject({ token: 0, end: 0 });
    const maps = readFileSync(`/proc/${String(job.pid)}/smaps`, "latin1").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    const held = maps.filter((map) => Number(/^Rss: +(\d+)/m.exec(map)?.[1]) >= 1024);
    const flags = held.map((map) => / dd/.test(map) && / lo/.test(map) && /^Locked: +[1-9]/m.test(map));
    expect(flags, "the only mapping of that size is locked, and in no core").toEqual([true]);
  });

  it("B79: no process of the same user can look at it, and it leaves no core", async () => {
    using job = await blocked(sottoGet(), OTHER_USER);
    for (const file of ["environ", "maps", "mem"]) {
      const path = `/proc/${String(job.pid)}/${file}`;
      const { status } = await runCommand("/bin/sh", ["-c", `exec 3<"${path}"`], { uid: OTHER_USER });
      expect([file, status]).not.toEqual([file, 0]);
    }
    expect(readFileSync(`/proc/${String(job.pid)}/limits`, "latin1")).toMatch(/^Max core file size +0 +0 /m);
  });
});

describe("every way out", () => {
  const checked = (): string => build(compiler ?? "cc", "checked");
  const env = { CHECKED_TELLS: "1" };

  it("B73: of its own accord it wipes, whatever the answer is", async () => {
    const cases: (readonly string[])[] = [
      [NAME, "--token-file", tokenFile],
      [NAME],
      [NAME, "--token-file", tokenFile, "--attr", "none"],
      [NAME, "--token-file", tokenFile, "--socket", "/none"],
      [NAME, "--token-file", sandbox.folder],
      ["no name", "--token-file", tokenFile],
    ];
    const base = { SOTTO_SOCKET: sandbox.socket, ...env };
    for (const args of cases) {
      const { stderr } = await runCommand(checked(), args, { env: base });
      expect([args, stderr]).toEqual([args, expect.stringContaining("checked: wiped")]);
    }
    const full = await runCommand(
      "/bin/sh",
      ["-c", '"$@" >/dev/full', "sh", checked(), ...(cases[0] ?? [])],
      { env: base },
    );
    expect([full.status, full.stderr]).toEqual([1, expect.stringContaining("checked: wiped")]);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGSEGV", "SIGABRT", "SIGALRM", "SIGUSR1"] as const)(
    "B73, B76: %s ends it, wiped",
    async (signal) => {
      using job = await blocked(checked(), undefined, env);
      job.child.kill(signal);
      const [, died] = (await once(job.child, "close")) as [number | null, string | null];
      expect([died, job.told()]).toEqual([signal, "checked: wiped\n"]);
    },
  );

  it("a signal that was ignored stays so", async () => {
    const wrapper = join(sandbox.folder, "nohup");
    writeFileSync(wrapper, `#!/bin/sh\ntrap "" HUP\nexec "${checked()}" "$@"\n`, { mode: 0o755 });
    using job = await blocked(wrapper);
    job.child.kill("SIGHUP");
    let bytes = 0;
    job.child.stdout?.on("data", (part: Buffer) => (bytes += part.length));
    expect(await once(job.child, "close")).toEqual([0, null]);
    expect(bytes).toBe(MIB);
  });
});

it("valgrind finds nothing", async (context) => {
  context.skip(!isInstalled("valgrind") || !isInstalled("gcc"), "not installed: valgrind and gcc");
  const program = build("gcc", "sotto-get", "-g", "-O1");
  const valgrind = ["-q", "--error-exitcode=99", "--track-origins=yes", program];
  const statusOf = async (...args: readonly string[]): Promise<unknown> => {
    const { status, stderr } = await runCommand("valgrind", [...valgrind, ...args], {
      env: { SOTTO_SOCKET: sandbox.socket, PATH: process.env["PATH"] ?? "" },
    });
    expect(stderr).not.toContain("==");
    return status;
  };
  expect(await statusOf(NAME, "--token-file", tokenFile)).toBe(0);
  expect(await statusOf(NAME, "--token-file", tokenFile, "--attr", "none")).toBe(4);
  expect(await statusOf(NAME)).toBe(4);
  expect(await statusOf(NAME, "--socket", "/tmp/./../tmp//none", "--wait", "1s")).toBe(5);
  expect(await statusOf("--nosuch")).toBe(2);
});
