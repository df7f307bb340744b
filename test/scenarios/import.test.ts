/** `agent import`: from a file to the agent, by the real command, all of it or nothing. */
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { runCommand } from "../support/command.ts";
import { grant, liveAgent } from "../support/live-agent.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";

const agent = liveAgent();
const LARGE = "0123456789abcdef".repeat(65_536);

beforeAll(async () => {
  using administrator = await agent().administrator();
  await grant(administrator, "in/**", { uids: [process.getuid?.() ?? 0] });
});

let files = 0;
/** Writes a file and imports it below a prefix of its own. */
async function importText(
  format: string,
  text: string | Buffer,
  ...options: readonly string[]
): Promise<Result & { prefix: string; file: string }> {
  const prefix = `in/p${files++}`;
  const file = join(agent().sandbox.folder, `file-${files}`);
  writeFileSync(file, text, { mode: 0o600 });
  const args = ["import", format, file, "--prefix", prefix, ...options];
  return { ...(await agent().sandbox.agent(args, { passphrase: PASSPHRASE })), prefix, file };
}

async function get(name: string): Promise<Buffer> {
  return (await agent().sandbox.ok(["get", name])).stdout;
}

async function show(name: string): Promise<{ attributes: object; versions: { version: number }[] }> {
  const { stdout } = await agent().sandbox.ok(["show", name, "--json"], { passphrase: PASSPHRASE });
  return JSON.parse(stdout.toString()) as Awaited<ReturnType<typeof show>>;
}

async function names(prefix: string): Promise<string[]> {
  const { stdout } = await agent().sandbox.ok(["list", prefix]);
  return stdout.toString().split("\n").filter(Boolean);
}

it.each<[string, string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
  ["env", "\ufeffexport DB_PASSWORD='a # \"b\"'\r\nEMPTY=\r\n", { db_password: 'a # "b"', empty: "" }, {}],
  ["ini", '[Mail]\r\nuser = bob\r\npass = "x;y"\r\n', { "mail/user": "bob", "mail/pass": "x;y" }, {}],
  [
    "json",
    '{"db": {"username": "bob", "password": "€\\u0000"}, "n": 1.10}',
    { db: "€\0", n: "1.10" },
    { username: "bob" },
  ],
  [
    "netrc",
    'machine a.org login bob password "p w"',
    { "a.org": "p w" },
    { username: "bob", url: "https://a.org" },
  ],
  ["csv", 'name,value,owner\na/b,"1\r\n""2""",bob\n', { "a/b": '1\r\n"2"' }, { owner: "bob" }],
])(
  "%s: the bytes are those of the file, and the attributes too",
  async (format, text, values, attributes) => {
    const { status, stderr, stdout, prefix, file } = await importText(format, text);
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining(`agent: ${file} still holds them: delete it`),
    ]);
    expect(stderr).toContain("neither rm nor shred(1) surely erases");
    expect(stdout.toString().trimEnd().split("\n")).toHaveLength(Object.keys(values).length);
    for (const [name, value] of Object.entries(values))
      expect((await get(`${prefix}/${name}`)).toString(), name).toBe(value);
    expect((await show(`${prefix}/${Object.keys(values)[0]}`)).attributes).toEqual(attributes);
  },
);

it("values of 1 MiB, and bytes that are no text", async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const document = { large: LARGE, b: { value: bytes.toString("base64"), encoding: "base64" } };
  const { status, prefix } = await importText("json", JSON.stringify(document));
  expect(status).toBe(0);
  expect((await get(`${prefix}/large`)).equals(Buffer.from(LARGE))).toBe(true);
  expect((await get(`${prefix}/b`)).equals(bytes)).toBe(true);
});

it("from standard input, with names as they are", async () => {
  const { sandbox } = agent();
  const args = ["import", "env", "-", "--json", "--quiet"];
  const { status, stdout, stderr } = await sandbox.agent(args, {
    input: "FROM_STDIN=x",
    passphrase: PASSPHRASE,
  });
  expect([status, stderr, JSON.parse(stdout.toString())]).toEqual([
    0,
    "",
    {
      dryRun: false,
      secrets: [{ name: "from_stdin", from: ["FROM_STDIN"], bytes: 1, attributes: {}, result: "new" }],
    },
  ]);
});

it("--dry-run tells all but the values, and changes nothing", async () => {
  const { sandbox } = agent();
  const generation = async (): Promise<unknown> =>
    (JSON.parse((await sandbox.ok(["status", "--json"])).stdout.toString()) as { generation: number })
      .generation;
  const before = await generation();
  const { status, stdout, stderr, prefix } = await importText(
    "csv",
    "name,value,owner\nMy Key,hunter2,bob\n",
    "--dry-run",
  );
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout.toString()).toBe(`new  ${prefix}/my-key  7 bytes  owner=bob (from My Key)\n`);
  expect(await generation()).toBe(before);
  expect(await names(prefix)).toEqual([]);
});

it("a name that is taken: nothing is stored, every one of them is told", async () => {
  const first = await importText("env", "B=1\nC=2");
  const text = "A=3\nB=4\nC=5";
  const again = await importText("env", text, "--prefix", first.prefix);
  expect([again.status, again.stdout.toString()]).toEqual([9, ""]);
  expect(again.stderr).toContain(`agent: conflict: ${first.prefix}/b exists already\n`);
  expect(again.stderr).toContain(`agent: conflict: ${first.prefix}/c exists already\n`);
  expect(again.stderr).toContain("2 of 3 names are taken; nothing was changed");
  expect(await names(first.prefix)).toEqual([`${first.prefix}/b`, `${first.prefix}/c`]);
  const dry = await importText("env", text, "--prefix", first.prefix, "--dry-run");
  expect([dry.status, dry.stdout.toString().match(/^\w+/gm)]).toEqual([9, ["new", "conflict", "conflict"]]);
  const replaced = await importText("env", text, "--prefix", first.prefix, "--replace");
  expect([replaced.status, replaced.stdout.toString().match(/^\w+/gm)]).toEqual([
    0,
    ["new", "replaced", "replaced"],
  ]);
  expect((await get(`${first.prefix}/b`)).toString()).toBe("4");
  expect((await show(`${first.prefix}/b`)).versions.map(({ version }) => version)).toEqual([2, 1]);
});

it.each([
  ["env", "A=1\na=hunter2", "line 2: it would be called as that of line 1"],
  ["env", "A=1\nB=hunter2#x", "line 2: programs read this value in different ways"],
  ["env", "A=1\nA=hunter2", "line 2: the key was there before, in line 1"],
  ["env", Buffer.from("A=hunter2\xff", "latin1"), "not UTF-8"],
  ["env", "", "there is no secret in it"],
  ["json", '{"a": {"b": {"c": {"d": {"e": {"f": {"g": "hunter2"}}}}}}}', "no name comes of its keys"],
  ["json", '{"a": "hunter2"', "line 1: this is not valid JSON"],
  ["env", `A=${LARGE}x`, "line 1: the value is longer than 1 MiB"],
])("what is not clear in %s is refused as a whole: %#", async (format, text, problem) => {
  const { status, stdout, stderr, prefix } = await importText(format, text);
  expect([status, stdout.toString()]).toEqual([2, ""]);
  expect(stderr).toContain(`agent: problem: `);
  expect(stderr).toContain(problem);
  expect(stderr).not.toContain("hunter2");
  expect(await names(prefix)).toEqual([]);
});

it.each([
  [["import", "xml", "/dev/null"], "no such format"],
  [["import", "env", "/nowhere/file"], "ENOENT"],
  [["import", "env", "/"], "EISDIR"],
  [["import", "env", "/dev/null", "--prefix", "Not/Valid"], "--prefix is not"],
  [["import", "env", "/dev/null", "--name", "a"], "go with fernet"],
  [["import", "fernet", "/dev/null"], "the key is missing"],
  [["import", "fernet", "/dev/null", "--key-fd", "0"], "say what the token holds"],
  [["import", "fernet", "-", "--key-fd", "0", "--name", "a"], "the same descriptor"],
  [["import", "fernet", "/dev/null", "--key-fd", "0", "--inner", "fernet"], "--inner takes"],
])("%j: exit 2", async (args, message) => {
  const { status, stderr } = await agent().sandbox.agent(args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});

it("who cannot prove the passphrase imports nothing", async () => {
  const file = join(agent().sandbox.folder, "open-to-all");
  writeFileSync(file, "UNPROVED=hunter2");
  expect(
    await agent().sandbox.agent(["import", "env", file, "--prefix", "in/wrong"], {
      passphrase: "wrong wrong wrong",
    }),
  ).toMatchObject({
    status: 7,
  });
  expect(await names("in/wrong")).toEqual([]);
}, 60_000);

it("a file that others could read is said to be known", async () => {
  const file = join(agent().sandbox.folder, "world-readable");
  writeFileSync(file, "WORLD=x");
  chmodSync(file, 0o644);
  const { stderr } = await agent().sandbox.ok(["import", "env", file, "--prefix", "in/w"], {
    passphrase: PASSPHRASE,
  });
  expect(stderr).toContain("was open to other users of this machine");
});

const PYTHON = "/usr/bin/python3";
/** Encrypts as the reference implementation does; undefined where that is not installed. */
function pythonFernet(plain: string): { key: string; token: string } | undefined {
  const program =
    "import sys; from cryptography.fernet import Fernet; k = Fernet.generate_key(); " +
    "print(k.decode(), Fernet(k).encrypt(sys.stdin.buffer.read()).decode())";
  try {
    const [key = "", token = ""] = execFileSync(PYTHON, ["-c", program], { input: plain, stdio: "pipe" })
      .toString()
      .trim()
      .split(" ");
    return { key, token };
  } catch {
    return undefined;
  }
}

it("fernet: what Python's cryptography wrote is read, as one value and as a document", async (context) => {
  const made = pythonFernet("A='x y'\n");
  if (made === undefined) return context.skip("Python's cryptography is not installed");
  const file = join(agent().sandbox.folder, "token");
  const key = join(agent().sandbox.folder, "key");
  writeFileSync(file, `${made.token}\n`);
  writeFileSync(key, `${made.key}\n`);
  const run = (...options: readonly string[]): Promise<Result> =>
    runCommand(
      "/bin/sh",
      [
        "-c",
        `key=$1; shift; exec "$@" --key-fd 4 4< "$key"`,
        "sh",
        key,
        process.execPath,
        CLI,
        "import",
        "fernet",
        file,
        "--passphrase-fd",
        "0",
        ...options,
      ],
      { env: agent().sandbox.environment, input: PASSPHRASE },
    );
  expect(await run("--inner", "env", "--prefix", "in/fernet")).toMatchObject({ status: 0 });
  expect((await get("in/fernet/a")).toString()).toBe("x y");
  const one = await run("--name", "in/whole");
  expect(one).toMatchObject({ status: 0, stderr: expect.stringContaining("the key of the token") as string });
  expect((await get("in/whole")).toString()).toBe("A='x y'\n");
  writeFileSync(key, Buffer.alloc(32, 1).toString("base64"));
  expect(await run("--name", "in/other")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("does not fit") as string,
  });
});
