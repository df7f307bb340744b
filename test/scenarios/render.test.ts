/** `agent render`: a template with secrets filled in, to standard output or to a file in memory. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";

const UID = process.getuid?.() ?? 0;
const BYTES = Buffer.from([0, 1, 0xff, 0xfe, 10, 13, 39, 34]);
const LARGE = Buffer.alloc(1024 * 1024, "0123456789abcdef");
const memory = mkdtempSync("/dev/shm/sotto-render-");
const agent = liveAgent();
afterAll(() => rmSync(memory, { recursive: true, force: true }));

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, "db/main", Buffer.from('p"w\\1'));
  await set(administrator, "db/bytes", BYTES);
  await set(administrator, "db/large", LARGE);
  await administrator.request(
    { v: 1, id: 1, verb: "set", name: "db/login", attributes: { user: "bob" } },
    Buffer.from("it's"),
  );
  await grant(administrator, "db/**", { uids: [UID] });
});

let templates = 0;
/** Renders a template that is given as text. */
function render(text: string | Buffer, ...options: readonly string[]): Promise<Result> {
  const file = join(agent().sandbox.folder, `template-${templates++}`);
  writeFileSync(file, text);
  return agent().sandbox.agent(["render", file, ...options]);
}

it("B120: values and attributes stand where the template has them, byte for byte", async () => {
  const text = Buffer.from(
    '\xff{{secret "db/bytes"}}-{{secret "db/login" "user"}}-{{secret "db/large"}}{{"{{"}}\n',
    "latin1",
  );
  const { status, stdout, stderr } = await render(text);
  expect([status, stderr]).toEqual([0, ""]);
  const expected = Buffer.concat([
    Buffer.from([0xff]),
    BYTES,
    Buffer.from("-bob-"),
    LARGE,
    Buffer.from("{{\n"),
  ]);
  expect(stdout.equals(expected)).toBe(true);
});

it("B120: escaping is chosen for all, or for one", async () => {
  const text = '{"a": {{secret "db/main"}}, "b": "{{secret "db/login" "user"}}@{{secret "db/main"}}"}';
  const json = await render(text, "--escape", "json");
  expect(JSON.parse(json.stdout.toString())).toEqual({ a: 'p"w\\1', b: 'bob@p"w\\1' });
  const shell = await render(
    'S={{secret "db/login" | shell}} {{secret "db/main" | none}}',
    "--escape",
    "json",
  );
  expect(shell.stdout.toString()).toBe("S='it'\\''s' p\"w\\1");
});

it("B120: a file in memory is written whole, with its mode, and only when it changes", async () => {
  const out = join(memory, "app.conf");
  const text = 'x={{secret "db/main"}}\n';
  expect(await render(text, "--out", out)).toMatchObject({
    status: 0,
    stdout: Buffer.alloc(0),
    stderr: "agent: the file is written\n",
  });
  expect([readFileSync(out, "utf8"), statSync(out).mode & 0o7777]).toEqual(['x=p"w\\1\n', 0o600]);
  const { ino, mtimeMs } = statSync(out);
  expect((await render(text, "--out", out)).stderr).toContain("nothing is written");
  expect((await render(text, "--out", out, "--json")).stdout.toString()).toBe('{"changed":false}\n');
  expect(statSync(out)).toMatchObject({ ino, mtimeMs });
  expect((await render(text, "--out", out, "--mode", "0640", "--json")).stdout.toString()).toBe(
    '{"changed":true}\n',
  );
  expect(statSync(out).mode & 0o7777).toBe(0o640);
  chmodSync(out, 0o644);
  expect((await render(text, "--out", out)).stderr).toContain("is written");
  expect(statSync(out).mode & 0o7777, "mended").toBe(0o600);
  expect((await render(`${text}y`, "--out", out)).stderr).toContain("is written");
  expect(readFileSync(out, "utf8")).toBe('x=p"w\\1\ny');
  expect(readdirSync(memory), "nothing beside it").toEqual(["app.conf"]);
});

it("B120: the owner and the group are set before anybody else may look", async (context) => {
  needsRoot(context);
  const out = join(memory, "owned");
  const options = ["--out", out, "--owner", "nobody", "--group", "54321", "--mode", "0440"];
  expect(await render('{{secret "db/main"}}', ...options)).toMatchObject({ status: 0 });
  const { uid, gid, mode } = statSync(out);
  expect([uid, gid, mode & 0o7777]).toEqual([65_534, 54_321, 0o440]);
  expect((await render('{{secret "db/main"}}', ...options)).stderr).toContain("nothing is written");
});

it("B120: a folder on a disk is refused, unless --allow-disk", async () => {
  const out = join(agent().sandbox.home, "..", "on-disk");
  const refused = await render('{{secret "db/main"}}', "--out", out);
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("not in memory") as string });
  expect(existsSync(out)).toBe(false);
  expect(await render('{{secret "db/main"}}', "--out", out, "--allow-disk")).toMatchObject({ status: 0 });
  expect(readFileSync(out, "utf8")).toBe('p"w\\1');
});

it("B120: what is no regular file is left alone", async () => {
  const target = join(memory, "target");
  const link = join(memory, "link");
  const folder = join(memory, "folder");
  writeFileSync(target, "as it was");
  symlinkSync(target, link);
  mkdirSync(folder);
  for (const out of [link, folder]) {
    expect(await render('{{secret "db/main"}}', "--out", out)).toMatchObject({ status: 2 });
  }
  expect(readFileSync(target, "utf8")).toBe("as it was");
  for (const path of [target, link, folder]) rmSync(path, { recursive: true });
});

it.each<[string, string, readonly string[], number, string]>([
  ["an unknown construct", "a\n {{env hunter2}}", [], 2, "line 2, column 2: that is no construct"],
  ["a secret that is not for us", '{{secret "db/main"}}{{secret "no/no"}}', [], 4, "no/no: denied"],
  ["an attribute that is none", '{{secret "db/main" "nope"}}', [], 4, "no attribute nope"],
  [
    "a value that the format cannot hold",
    'x\n{{secret "db/bytes" | json}}',
    [],
    2,
    "line 2, column 1: db/bytes is not UTF-8",
  ],
  ["a mode that is none", "x", ["--out", "/dev/shm/x", "--mode", "rw"], 2, "three octal digits"],
  ["a mode without a file", "x", ["--mode", "0600"], 2, "--out"],
  ["a format that is none", "x", ["--escape", "xml"], 2, "--escape takes"],
  ["a folder that is none", "x", ["--out", "/dev/shm/no/such/x"], 2, "ENOENT"],
])("B120: %s: nothing is written", async (_what, text, options, status, message) => {
  const before = readdirSync(memory);
  const result = await render(text, ...options);
  expect(result).toMatchObject({ status, stdout: Buffer.alloc(0) });
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toContain("hunter2");
  expect(readdirSync(memory)).toEqual(before);
});

it("B120: no template and no agent are failures", async () => {
  expect(await agent().sandbox.agent(["render", "/nowhere/template"])).toMatchObject({ status: 2 });
  const file = join(agent().sandbox.folder, "some");
  writeFileSync(file, '{{secret "db/main"}}');
  const absent = { SOTTO_SOCKET: join(agent().sandbox.folder, "absent.sock") };
  expect(await agent().sandbox.agent(["render", file], { env: absent })).toMatchObject({ status: 5 });
});
