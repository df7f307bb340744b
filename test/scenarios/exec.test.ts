/** `agent exec`: a command gets what was asked for, where it was asked for, and all else as it would without. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { type Result, runCommand, type RunOptions } from "../support/command.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";

const UID = process.getuid?.() ?? 0;
/** All an environment can hold: every byte but 0, with newlines at the end. */
const TEXT = Buffer.from([...Array.from({ length: 255 }, (_, i) => i + 1), 10, 39, 39, 10, 10]);
const UTF8 = Buffer.from('it\'s \u00e9\u{1f511} "$HOME" `id` \\ \n\n');
const LARGE = randomBytes(1024 * 1024);
const agent = liveAgent();

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "job/text", TEXT);
  await set(administrator, "job/utf8", UTF8);
  await set(administrator, "job/large", LARGE);
  await set(administrator, "job/empty", Buffer.alloc(0));
  await administrator.request(
    { v: 1, id: 1, verb: "set", name: "job/login", attributes: { username: "bat\u00e9h" } },
    Buffer.from("pw"),
  );
  await set(administrator, "other/secret", Buffer.from("not for us"));
  await grant(administrator, "job/**", { uids: [UID] });
});

const exec = (
  options: readonly string[],
  command: readonly string[],
  more: RunOptions = {},
): Promise<Result> => agent().sandbox.agent(["exec", ...options, "--", ...command], more);
/** Copies a variable, exactly. */
const printVariable = (name: string): string[] => ["sh", "-c", `printf %s "$${name}"`];
const fetches = (name: string): number =>
  agent()
    .sandbox.auditRecords()
    .filter((record) => record["verb"] === "get" && record["name"] === name).length;

it.each<[string, Buffer]>([
  ["job/utf8", UTF8],
  ["job/text", TEXT],
  ["job/empty", Buffer.alloc(0)],
])("B120: %s is in the variable, byte for byte", async (name, value) => {
  const result = await exec(["--env", `S=${name}`], printVariable("S"));
  expect(result).toMatchObject({ status: 0, stderr: "" });
  expect(result.stdout.equals(value)).toBe(true);
});

it.each<[string, Buffer]>([
  ["job/text", TEXT],
  ["job/large", LARGE],
  ["job/empty", Buffer.alloc(0)],
])("B120: %s is on the descriptor to its end, and at /dev/fd, and in the file", async (name, value) => {
  for (const [options, command] of [
    [["--fd", `3=${name}`], "cat <&3"],
    [["--fd", `17=${name}`], "cat /dev/fd/17"],
    [["--file", `F=${name}`], 'cat "$F"'],
    [["--file", `F=${name}`], 'exec 3<&-; cat "$F" | cat'],
    [["--file", `F=${name}`, "--fd", "3=job/login", "--env", "E=job/login"], 'cat "$F"'],
  ] as const) {
    const result = await exec(options, ["sh", "-c", command]);
    expect(result, command).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout.equals(value), command).toBe(true);
  }
});

it("B120: attributes and several secrets at once; a secret that is asked for twice is fetched once", async () => {
  const before = fetches("job/login");
  const options = ["--env", "U=job/login#username", "--env", "P=job/login", "--fd", "4=job/login"];
  const result = await exec(
    [...options, "--file", "F=job/utf8"],
    ["sh", "-c", 'echo "$U $P"; cat <&4; cat "$F"'],
  );
  expect(result.stdout.toString()).toBe(`bat\u00e9h pw\npw${UTF8.toString()}`);
  expect(fetches("job/login")).toBe(before + 1);
});

it("B120: a file in memory can be read by what the command starts, and by who closes all descriptors", async (context) => {
  needsPrograms(context, "perl");
  const closeAll = 'for (3..255) { POSIX::close($_) } open(my $f, "<", $ENV{F}) or die; print <$f>';
  const { stdout } = await exec(["--file", "F=job/utf8"], ["perl", "-MPOSIX", "-e", closeAll]);
  expect(stdout.equals(UTF8)).toBe(true);
});

it.each<[string, readonly string[]]>([
  ["in the environment", ["--env", "S=job/utf8"]],
  ["in the environment, as bytes", ["--env", "S=job/text"]],
  ["on a descriptor", ["--fd", "5=job/utf8"]],
  ["in a file", ["--file", "S=job/utf8"]],
])(
  "B120: a secret %s changes nothing else: arguments, environment, folder, umask, descriptors, signals",
  async (_where, options) => {
    const own = openSync("/etc/passwd", "r");
    const look =
      'pwd; umask; for a in "$0" "$@"; do echo "<$a>"; done; ls -l /proc/self/fd | sed "s/.*[0-9] \\([0-9]* ->\\)/\\1/"; ' +
      "grep -E '^Sig(Blk|Ign)|^NoNewPrivs' /proc/self/status; env | sort | grep -v ^_=; cat";
    const command = ["sh", "-c", look, "zero", "", "two words", "-x", "*"];
    const run = async (program: readonly string[]): Promise<string> => {
      const rest = ["-c", 'umask 027; exec "$@"', "sh", ...program];
      const env = {
        ...agent().sandbox.environment,
        ODD: "a b",
        PWD: "/nowhere",
        OLDPWD: "/usr",
        SHLVL: "3",
        EMPTY: "",
      };
      const child = spawn("sh", rest, {
        env,
        cwd: "/usr/lib",
        stdio: ["pipe", "pipe", "inherit", "ignore", own],
      });
      let out = "";
      child.stdout?.on("data", (part: Buffer) => (out += part.toString("latin1")));
      child.stdin?.end("what is on standard input");
      expect(await once(child, "close")).toEqual([0, null]);
      return out.replace(/(socket|pipe):\[\d+\]/g, "$1").replace(/\/proc\/\d+\/fd/g, "/proc/N/fd");
    };
    try {
      const plain = await run(command);
      const given = await run([process.execPath, CLI, "exec", ...options, "--", ...command]);
      const added = given.split("\n").filter((line) => !plain.split("\n").includes(line));
      const lost = plain.split("\n").filter((line) => !given.split("\n").includes(line));
      expect(lost).toEqual([]);
      const value = options[1]?.endsWith("text") === true ? TEXT : UTF8;
      const expected = options[0] === "--fd" ? /^5 -> \/\S* \(deleted\)$/ : /^S=/;
      const ofValue = value.toString("latin1").split("\n");
      for (const line of added) expect(expected.test(line) || ofValue.includes(line), line).toBe(true);
      expect(added.some((line) => expected.test(line))).toBe(true);
    } finally {
      closeSync(own);
    }
  },
);

it("B120: who reads the command's output sees its end when the command closes it", async () => {
  const child = spawn(
    process.execPath,
    [CLI, "exec", "--fd", "3=job/utf8", "--", "sh", "-c", "echo out; exec >&-; read line; exit 9"],
    { env: agent().sandbox.environment, stdio: ["pipe", "pipe", "inherit"] },
  );
  child.stdout.resume();
  await once(child.stdout, "end");
  expect(child.exitCode, "it still runs").toBe(null);
  child.stdin.end("go\n");
  expect(await once(child, "exit")).toEqual([9, null]);
});

it.each<[string, readonly string[], readonly string[], number, string]>([
  ["no such command", ["--env", "S=job/utf8"], ["no-such-command"], 127, "there is no such command"],
  ["no such file", ["--fd", "3=job/utf8"], ["/nowhere/at/all"], 127, "there is no such command"],
  ["no program", ["--env", "S=job/utf8"], ["/etc/passwd"], 126, "may not be run"],
  ["a folder", ["--file", "S=job/utf8"], ["/etc"], 126, "may not be run"],
  [
    "a secret that is not for us",
    ["--env", "S=job/utf8", "--env", "T=other/secret"],
    ["touch"],
    4,
    "other/secret: denied",
  ],
  ["a secret that is none", ["--fd", "3=no/such"], ["touch"], 4, "no/such: denied"],
  ["an attribute that is none", ["--env", "S=job/login#nope"], ["touch"], 4, "no attribute nope"],
  ["a byte 0", ["--env", "S=job/large"], ["touch"], 2, "a byte 0"],
  ["nothing asked for", [], ["touch"], 2, "no secret is asked for"],
  ["a variable twice", ["--env", "S=job/utf8", "--file", "S=job/text"], ["touch"], 2, "S is asked for twice"],
  [
    "a descriptor twice",
    ["--fd", "3=job/utf8", "--fd", "3=job/text"],
    ["touch"],
    2,
    "a descriptor is asked for twice",
  ],
  ["no variable", ["--env", "a-b=job/utf8"], ["touch"], 2, "not the name of a variable"],
  ["a variable that decides what runs", ["--env", "PATH=job/utf8"], ["touch"], 2, "PATH cannot be set"],
  ["no name", ["--env", "S=Job"], ["touch"], 2, "not a valid name"],
  ["no equals sign", ["--env", "job/utf8"], ["touch"], 2, "takes VAR=NAME"],
  ["standard output", ["--fd", "1=job/utf8"], ["touch"], 2, "descriptor from 3"],
  ["a descriptor that is none", ["--fd", "x=job/utf8"], ["touch"], 2, "descriptor from 3"],
])("B120: %s: the command is not started", async (_what, options, [program = "", ...rest], status, text) => {
  const made = join(agent().sandbox.folder, "made");
  const result = await exec(options, [program, ...(program === "touch" ? [made] : rest)]);
  expect(result.stderr).toContain(text);
  expect(result).toMatchObject({ status, stdout: Buffer.alloc(0) });
  expect(() => readFileSync(made)).toThrow(/ENOENT/);
});

it("B120: a command that is not there uses up no fetch; without one it says so", async () => {
  const before = fetches("job/utf8");
  await exec(["--env", "S=job/utf8"], ["no-such-command"]);
  expect(fetches("job/utf8")).toBe(before);
  expect(await agent().sandbox.agent(["exec", "--env", "S=job/utf8"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("command is missing") as string,
  });
});

it("B120: a script without an interpreter's name is run as by any shell; one with a missing one is not found", async () => {
  const plain = join(agent().sandbox.folder, "plain");
  const broken = join(agent().sandbox.folder, "broken");
  writeFileSync(plain, 'printf %s "$S"\n', { mode: 0o755 });
  writeFileSync(broken, "#!/nowhere/sh\n", { mode: 0o755 });
  expect((await exec(["--env", "S=job/utf8"], [plain])).stdout.equals(UTF8)).toBe(true);
  expect(await exec(["--fd", "3=job/utf8"], [broken])).toMatchObject({ status: 127 });
});

it("B120: what is too long for an environment is refused, and goes by descriptor", async () => {
  using administrator = await agent().administrator();
  await set(administrator, "job/long", Buffer.alloc(131_070, "x"));
  expect(await exec(["--env", "S=job/long"], ["true"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("too long for an environment") as string,
  });
  await set(administrator, "job/long", Buffer.alloc(131_069, "x"));
  expect((await exec(["--env", "S=job/long"], ["sh", "-c", "echo ${#S}"])).stdout.toString()).toBe(
    "131069\n",
  );
});

it("B120: with a token, from the option or the environment", async () => {
  const { stdout } = await agent().sandbox.ok(["token", "new", "exec"], { passphrase: PASSPHRASE });
  using administrator = await agent().administrator();
  await set(administrator, "token/secret", Buffer.from("of the token"));
  await grant(administrator, "token/secret", { tokens: ["exec"] });
  const file = join(agent().sandbox.folder, "exec.token");
  writeFileSync(file, stdout, { mode: 0o400 });
  const options = ["--env", "S=token/secret"];
  expect((await exec(options, printVariable("S"))).status).toBe(4);
  expect((await exec(["--token-file", file, ...options], printVariable("S"))).stdout.toString()).toBe(
    "of the token",
  );
  const env = { SOTTO_TOKEN_FILE: file };
  expect((await exec(options, printVariable("S"), { env })).stdout.toString()).toBe("of the token");
});

it("B120: --wait waits for the unlock; without it a locked agent is exit 3, an absent one exit 5", async () => {
  using asker = await Asker.open(agent().sandbox.socket);
  await asker.must("lock");
  try {
    const options = ["--env", "S=job/utf8", "--fd", "3=job/text"];
    expect((await exec(options, ["echo", "started"])).status).toBe(3);
    expect((await exec(["--wait", "1s", ...options], ["echo", "started"])).status).toBe(3);
    const waiting = exec(["--wait", "1m", ...options], printVariable("S"));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
    expect((await waiting).stdout.equals(UTF8)).toBe(true);
  } finally {
    await asker.ask("unlock", {}, Buffer.from(PASSPHRASE));
  }
  const absent = { env: { SOTTO_SOCKET: join(agent().sandbox.folder, "absent.sock") } };
  expect(await exec(["--env", "S=job/utf8"], ["echo", "started"], absent)).toMatchObject({
    status: 5,
    stdout: Buffer.alloc(0),
  });
});

it("B120: a variable that is not UTF-8 reaches the command as it is", async () => {
  for (const options of [
    ["--env", "S=job/utf8"],
    ["--fd", "3=job/utf8"],
  ]) {
    const script = `export ODD="$(printf '\\377\\200x')"; exec "$@"`;
    const args = [CLI, "exec", ...options, "--", ...printVariable("ODD")];
    const { stdout } = await runCommand("sh", ["-c", script, "sh", process.execPath, ...args], {
      env: agent().sandbox.environment,
    });
    expect([...stdout]).toEqual([0xff, 0x80, 0x78]);
  }
});
