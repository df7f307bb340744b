/** `agent audit`: every record as one line that is safe for a terminal, filtered as asked; nothing is left out. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readAudit } from "../../packages/cli/src/audit/read.ts";
import { AuditChain, fileName, tamper } from "../support/audit-chain.ts";
import { runCommand, type Result, type RunOptions } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsRoot } from "../support/requirements.ts";
import { CLI } from "../support/sandbox.ts";

const CURRENT = "audit.jsonl";
const HOSTILE = [
  ["a newline", "/opt/two\nlines"],
  ["ANSI escapes", "/opt/\u001b[31mred\u001b]0;title\u0007"],
  ["an escape of C1", "/opt/\u009b31m"],
  ["separators of lines", "/opt/a\u2028b\u2029c"],
  ["quotes", '/opt/"quoted" \\n get bank/login allowed'],
  ["a change of direction", "/opt/\u202egnp.exe"],
  ["a lone surrogate", "/opt/\ud800lone"],
  ["controls", "/opt/del\u007f\u0000\r\b"],
  ["characters without a width", "/opt/\ufeff\u200bzero\u00a0width"],
] as const;
/** Anything that is not plain, printable text, or the sign for what was no text: these tests hold no other. */
const UNSAFE = /[^\x20-\x7e\ufffd\n]/;

let home: string;
let audit: AuditChain;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sotto-audit-"));
  audit = new AuditChain(home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  runCommand(process.execPath, [CLI, "--home", home, "audit", ...args], {
    ...options,
    env: { TZ: "UTC", ...options.env },
  });

async function lines(...args: readonly string[]): Promise<string[]> {
  const { status, stdout, stderr } = await run(args);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout.toString().split("\n").slice(0, -1);
}

interface Document {
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly strays: readonly unknown[];
}
const json = async (...args: readonly string[]): Promise<Document> =>
  JSON.parse((await run(["--json", ...args])).stdout.toString()) as Document;

it("shows who had what, when, by which rule, in the order of the files", async () => {
  audit
    .add({
      uid: 0,
      gid: 0,
      pid: 7,
      verb: "get",
      name: "bank/login",
      rule: "0f12",
      exe: "/usr/bin/psql",
      unit: "a.service",
    })
    .rotate()
    .add({ uid: 4_000_000, gid: 1, pid: 8, name: "bank/login", result: "denied" })
    .rotate()
    .add({
      uid: 0,
      gid: 0,
      pid: 9,
      verb: "set",
      name: "bank/login",
      admin: true,
      clockJumpMs: -5,
      uidNow: 0,
      note: "n\\o\nte",
    })
    .end();
  const shown = await lines();
  expect(shown).toHaveLength(6);
  expect(shown[1]).toMatch(
    /^2026-11-10T08:02:00\+00:00 {2}root \(0\) +get bank\/login +allowed {2}rule 0f12 {2}\/usr\/bin\/psql {2}unit a.service {2}pid 7$/,
  );
  expect(shown[3]).toMatch(/ {2}uid 4000000 +get bank\/login +denied {2}pid 8$/);
  expect(shown[5]).toContain(
    "allowed  as an administrator  pid 9  now root (0)  clock moved by -5 ms  note: n\\\\o\\u000ate",
  );
});

it.each(HOSTILE)(
  "B110: %s in a path: nothing of it reaches a terminal, and it stays one word",
  async (_, exe) => {
    audit.add({ name: "bank/login", exe, unit: exe, note: exe, rule: exe }).end();
    const { stdout, stderr } = await run([]);
    const text = stdout.toString();
    expect(stderr).toBe("");
    expect(text).not.toMatch(UNSAFE);
    expect(text.split("\n")).toHaveLength(3);
    const word = / {2}rule ("(?:[^"\\]|\\.)*") {2}/.exec(text)?.[1] ?? "null";
    expect(JSON.parse(word), "what is shown, read as JSON").toBe(exe);
    const document = await run(["--json"]);
    expect(document.stdout.toString()).not.toMatch(UNSAFE);
    expect((JSON.parse(document.stdout.toString()) as Document).records[1]).toMatchObject({
      exe,
      unit: exe,
      note: exe,
    });
  },
);

it.each(HOSTILE)(
  "B110: %s in a line that is no record: nothing of it reaches a terminal",
  async (_, text) => {
    audit.add({}).end();
    appendFileSync(join(home, CURRENT), `${text.replaceAll("\n", "")}\n`);
    const { status, stdout, stderr } = await run([]);
    expect(status).toBe(0);
    expect(stdout.toString()).toMatch(/\naudit\.jsonl line 3: no record: \/opt\//);
    expect(stdout.toString() + stderr).not.toMatch(UNSAFE);
    expect(stderr).toMatch(
      /^agent: warning: audit\.jsonl line 3 is no record of an audit; agent audit verify/,
    );
  },
);

it.each([
  ["no JSON", "{"],
  ["no object", "[]"],
  ["without a time", '{"uid":1,"verb":"get","result":"allowed"}'],
  ["with a time that is none", '{"time":"2026-13-41T00:00:00.000Z","uid":1,"verb":"get","result":"allowed"}'],
  [
    "of a day that there is not",
    '{"time":"2026-02-30T00:00:00.000Z","uid":1,"verb":"get","result":"allowed"}',
  ],
  ["a uid in words", '{"time":"2026-11-10T08:00:00.000Z","uid":"root","verb":"get","result":"allowed"}'],
  ["of nobody", '{"time":"2026-11-10T08:00:00.000Z","verb":"get","result":"allowed"}'],
  ["a very long one", "x".repeat(300_000)],
  ["an empty one", ""],
])("a line that is no record is shown as such, whatever the filter: %s", async (_what, text) => {
  audit.add({}).end();
  appendFileSync(join(home, CURRENT), `${text}\n`);
  const { stdout } = await run(["--name", "no/such"]);
  expect(stdout.toString()).toMatch(/^audit\.jsonl line 3: no record: .*\n$/);
  expect(stdout.length).toBeLessThan(400);
  expect((await json()).strays).toEqual([expect.objectContaining({ file: CURRENT, line: 3 })]);
});

it("filters by time, name, prefix, outcome, uid and verb", async () => {
  audit
    .add({ name: "db/main" })
    .add({ name: "db/main/deep", result: "denied" })
    .add({ name: "dbx", uid: 7, gid: 7, pid: 7 })
    .add({ name: "db/**", verb: "grant" })
    .add({ verb: "unlock", result: "wrong-passphrase" })
    .add({ name: "db/main", time: new Date().toISOString() })
    .end();
  const names = async (...args: readonly string[]): Promise<unknown[]> =>
    (await json(...args)).records.map(({ name, verb }) => name ?? verb);
  expect(await names("--name", "db/main")).toEqual(["db/main", "db/main"]);
  expect(await names("--name", "db/**")).toEqual(["db/main", "db/main/deep", "db/**", "db/main"]);
  expect(await names("--denied")).toEqual(["db/main/deep", "unlock"]);
  expect(await names("--uid", "7")).toEqual(["dbx"]);
  expect(await names("--verb", "grant")).toEqual(["db/**"]);
  expect(await names("--since", "1h")).toEqual(["db/main"]);
  expect(await names("--since", "2026-11-10T09:06:00+01:00", "--uid", "1000")).toEqual(["unlock", "db/main"]);
  expect(await names("--name", "db/**", "--denied", "--uid", "7")).toEqual([]);
});

it.each([
  ["--since", "yesterday"],
  ["--since", "2026-11-10T09:05:00"],
  ["--name", "UPPER"],
  ["--uid", "root"],
  ["--verb", "GET;"],
])("%s %s is refused", async (option, text) => {
  const { status, stdout, stderr } = await run([option, text]);
  expect(status).toBe(2);
  expect(stdout.toString()).toBe("");
  expect(stderr).toMatch(new RegExp(`^agent: error: .*${option} takes `));
});

it("with --json every record has the same keys", async () => {
  audit.add({ exe: "/bin/true" }).add({ uid: 0, gid: 0, pid: 1, name: "a", admin: true }).end();
  const { records, strays } = await json();
  expect(strays).toEqual([]);
  for (const record of records)
    expect(Object.keys(record).join(" ")).toBe(
      "file line time peer uid user gid pid exe unit uidNow verb name result rule admin note clockJumpMs",
    );
  expect(records[2]).toMatchObject({ file: CURRENT, line: 3, user: "root", admin: true, exe: null });
  expect((await json("--uid", "5")).records).toEqual([]);
});

it("tells where there is no audit", async () => {
  const { status, stderr } = await run([]);
  expect(status).toBe(1);
  expect(stderr).toContain(`there is no audit in ${home}`);
});

it("warns where the chain is broken", async () => {
  audit.add({ name: "a" }).add({ name: "b" }).add({ name: "c" }).end();
  tamper(home, CURRENT, (all) => all.toSpliced(2, 1));
  const { status, stdout, stderr } = await run([]);
  expect(status).toBe(0);
  expect(stdout.toString().split("\n")).toHaveLength(4);
  expect(stderr).toMatch(/^agent: warning: audit\.jsonl line 3 does not follow the line before it/);
});

it("reads each line once while the file is rotated under it", () => {
  for (let i = 0; i < 20; i++) audit.add({ name: `a/${i}` });
  audit.end();
  const names: (string | undefined)[] = [];
  for (const line of readAudit(home)) {
    if ("absent" in line) throw new Error("absent");
    names.push(line.record?.name);
    if (line.number !== 5) continue;
    audit.rotate();
    for (let i = 20; i < 25; i++) audit.add({ name: `a/${i}` });
    rmSync(join(home, CURRENT)); // the very file that is being read was renamed, as a rotation does
    audit.end();
  }
  expect(names).toEqual([undefined, ...Array.from({ length: 20 }, (_, i) => `a/${i}`)]);
});

it("finds the new current file when a rotation happens just before it is opened", () => {
  audit.add({ name: "one" }).rotate().add({ name: "two" }).end();
  const seen: string[] = [];
  for (const line of readAudit(home)) {
    if ("absent" in line) throw new Error("absent");
    if (line.file === fileName(1) && line.number === 2) {
      renameSync(join(home, CURRENT), join(home, fileName(2)));
      writeFileSync(join(home, CURRENT), "new\n");
    }
    seen.push(`${line.file}:${line.number}`);
  }
  expect(seen).toEqual([
    `${fileName(1)}:1`,
    `${fileName(1)}:2`,
    `${fileName(2)}:1`,
    `${fileName(2)}:2`,
    `${CURRENT}:1`,
  ]);
});

it("whoever may not read the home is told who can", async (context) => {
  needsRoot(context);
  using installed = new Installation();
  audit.add({}).end();
  const owner = 64_140;
  chmodSync(home, 0o700);
  chownSync(home, owner, owner);
  const args = [installed.cli, "--home", home, "audit"];
  const refused = await runCommand(installed.node, args, { uid: 64_141 });
  expect(refused.status).toBe(4);
  expect(refused.stdout.toString()).toBe("");
  expect(refused.stderr).toContain(`${home} may not be read by this user`);
  expect(refused.stderr).toContain(`agent: hint: root and uid ${owner} can read the audit`);
  chownSync(join(home, CURRENT), owner, owner);
  expect((await runCommand(installed.node, args, { uid: owner })).status).toBe(0);
});
