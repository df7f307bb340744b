/** Command lines and environments are for every user to read: no passphrase, value or token is ever in one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newMarker } from "../support/canaries.ts";
import { type Result, runCommand, type RunOptions } from "../support/command.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

const VALUE = newMarker();
const PASSPHRASE = newMarker();
const NEW_PASSPHRASE = newMarker();
const TOKEN = newMarker();
/** A title that a process gives itself shows in `ps` too; the kernel keeps 15 bytes of it. */
const TITLE_BYTES = 12;
const GIT_STORE = Buffer.from("protocol=https\nhost=localhost\nusername=batch\npassword=");
const RULE = "0123456789abcdef";
const proved: RunOptions = { passphrase: PASSPHRASE };

type Run = readonly [args: readonly string[], options?: RunOptions, exits?: readonly number[]];

/** Every command, given its secrets in every way that it takes them; what is not allowed here may fail, but not leak. */
const RUNS: readonly Run[] = [
  [["init"], proved],
  [["status", "--json"]],
  [["lock"]],
  [["unlock"], { passphrase: TOKEN }, [7]],
  [["unlock", "--recovery"], { passphrase: NEW_PASSPHRASE }, [7]],
  [["unlock", "--ttl", "1h"], proved],
  [
    ["set", "job/secret", "--stdin", "--attr", "username=batch", "--attr", "access-key-id=batch"],
    { ...proved, input: VALUE },
  ],
  [["set", "job/secret", "--value-fd", "0"], { ...proved, input: VALUE }],
  [["edit", "job/secret"], { ...proved, env: { EDITOR: String.raw`sed -i "s/^---/url=x\n---/"` } }],
  [["set", "job/generated", "--generate", "40"], proved],
  [["get", "job/secret", "--admin"], proved],
  [["get", "job/secret", "--json", "--admin"], proved],
  [["grant", "job/**", "--uid", String(process.getuid?.() ?? 0), "--may", "get,set"], proved],
  [["get", "job/secret"]],
  [["get", "job/secret", "--wait", "1s", "--attr", "username"]],
  [["require", "job/secret"]],
  [["exec", "--fd", "3=job/secret", "--file", "FILE=job/secret", "--", "true"]], // --env: in exec-no-file.test.ts
  [["render", "/dev/null"]],
  [["git-credential", "get", "--name", "job/secret"], { input: "protocol=https\nhost=localhost\n\n" }],
  [["git-credential", "store", "--name", "job/secret"], { input: Buffer.concat([GIT_STORE, VALUE]) }],
  [["docker-credential", "get"], { input: "job.example.org" }, [1]],
  [["aws-credential", "job/secret"]],
  [["askpass", "Password: "], { env: { SOTTO_ASKPASS_NAME: "job/secret" } }],
  [["list", "job", "--all"], proved],
  [["show", "job/secret", "--json"], proved],
  [["rename", "job/secret", "job/renamed"], proved],
  [["restore", "job/renamed", "--version", "1"], proved],
  [["prune", "job/renamed", "--keep", "1"], proved],
  [["remove", "job/generated", "--yes"], proved],
  [
    ["import", "env", "-", "--prefix", "imported"],
    { ...proved, input: Buffer.concat([Buffer.from("A="), VALUE]) },
  ],
  [["rules"], proved],
  [["revoke", RULE], proved, [4]],
  [["token", "new", "nightly"], proved],
  [["token", "list"], proved],
  [["token", "revoke", "nightly"], proved],
  [["explain", "job/renamed", "--uid", "0"], proved, [0, 4]],
  [["audit", "--since", "1h"]],
  [["audit", "verify"], proved],
  [["audit", "report", "--html", "/dev/null/no-page"], proved, [1, 2, 10]],
  [["doctor"], {}, [0, 1]],
  [["slot", "list"], proved],
  [["slot", "add", "--label", "on call", "--new-passphrase-fd", "0"], { ...proved, input: NEW_PASSPHRASE }],
  [["slot", "add", "--recovery"], proved],
  [["slot", "test"], { passphrase: NEW_PASSPHRASE }],
  [["slot", "remove", RULE], proved, [4]],
  [["passwd", "--new-passphrase-fd", "0"], { ...proved, input: NEW_PASSPHRASE }],
  [["completion", "bash"]],
  [["completion", "names"]],
  [["systemd", "print"]],
  [["systemd", "install", "--dry-run", "--root", "/nowhere"], {}, [0, 1, 10]],
  [["service", "print"], {}, [2]], // of Windows
  [["service", "install"], {}, [2]],
  [["service", "uninstall"], {}, [2]],
  [["service", "run"], {}, [2]],
  [["help"]],
  [["stop"]],
];

it("B84: no command has a canary on a command line or in an environment, of itself or of what it starts", async (context) => {
  needsPrograms(context, "strace");
  await using sandbox = new Sandbox();
  const started = await traced(sandbox, ["start"], {}, []); // not the agent after it: that goes on
  expect(started.result.status, started.result.stderr).toBe(0);
  const seen = new Map<string, string>([["start", started.seen]]);
  for (const [args, options = {}, exits = [0]] of RUNS) {
    const run = await traced(sandbox, args, options, ["-f"]);
    expect(exits, `agent ${args.join(" ")}: ${run.result.stderr}`).toContain(run.result.status);
    expect(run.seen).toContain("execve(");
    seen.set(args.join(" "), run.seen);
  }
  for (const [command, text] of seen)
    for (const canary of [VALUE, PASSPHRASE, NEW_PASSPHRASE, TOKEN])
      expect(text.includes(canary.subarray(0, TITLE_BYTES).toString()), command).toBe(false);
  await expectAllCovered(sandbox);
});

it("B84: the agent's own command line says where it runs, and its environment holds next to nothing", async (context) => {
  needsRoot(context);
  await using sandbox = await Sandbox.start({ init: false });
  const env = {
    MARK: VALUE.toString(),
    SOTTO_TOKEN_FILE: `/nowhere/${TOKEN.toString()}`,
    LANG: "C",
    TZ: "UTC",
  };
  await sandbox.ok(["stop"]);
  await sandbox.ok(["start"], { env });
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.ok(["set", "job/secret", "--stdin"], { passphrase: PASSPHRASE, input: VALUE });
  const read = (file: string): string[] =>
    readFileSync(`/proc/${String(pid)}/${file}`, "utf8")
      .split("\0")
      .filter(Boolean);
  const pid = await sandbox.pid();
  expect(read("environ").sort()).toEqual(["LANG=C", "TZ=UTC"]);
  expect(read("cmdline")).toEqual(expect.arrayContaining(["--home", sandbox.home]));
  for (const canary of [VALUE, PASSPHRASE, TOKEN])
    expect(read("cmdline").join(" ")).not.toContain(canary.toString());
});

it.each(["SOTTO_PASSPHRASE", "SOTTO_TOKEN", "SOTTO_VALUE"])(
  "B84, B114: %s in the environment is refused, not read",
  async (name) => {
    await using sandbox = new Sandbox();
    const { status, stdout, stderr } = await sandbox.agent(["status"], { env: { [name]: VALUE.toString() } });
    expect([status, stderr]).toEqual([2, expect.stringContaining(name)]);
    expect(stdout.toString() + stderr).not.toContain(VALUE.toString());
  },
);

/** Runs a command under strace(1) and returns every program that was started with its arguments and environment, and every title. */
async function traced(
  sandbox: Sandbox,
  args: readonly string[],
  options: RunOptions,
  follow: readonly string[],
): Promise<{ result: Result; seen: string }> {
  const file = join(sandbox.folder, "calls");
  const strace = [...follow, "-qq", "-v", "-s", "4096", "-e", "trace=execve,prctl", "-o", file];
  const result = await runCommand("strace", [...strace, process.execPath, CLI, ...args], {
    ...options,
    env: { ...sandbox.environment, ...options.env },
  });
  return { result, seen: readFileSync(file, "latin1") };
}

/** A command that is added to the command line has to be added here. */
async function expectAllCovered(sandbox: Sandbox): Promise<void> {
  const named = async (...group: readonly string[]): Promise<string[]> => {
    const help = (await sandbox.ok([...group, "--help"])).stdout.toString();
    return [...help.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => [...group, name].join(" "));
  };
  const covered = RUNS.map(([args]) => args.join(" "));
  const groups = ["slot", "token", "audit", "systemd"];
  const below = (await Promise.all(groups.map((group) => named(group)))).flat();
  for (const command of [...(await named()), ...below]) {
    if (command.endsWith(" help")) continue;
    const isRun = covered.some((args) => args === command || args.startsWith(`${command} `));
    expect(isRun || command === "start", `agent ${command} is run here`).toBe(true);
  }
}
