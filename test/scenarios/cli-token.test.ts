/** The token of a job, from the administrator who makes it to the file that the job names. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Result, runCommand, type RunOptions } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";
import { freshLabel } from "../support/tokens.ts";

const UID = process.getuid?.() ?? 0;
const JOB = 64_218;
const OTHER_JOB = 64_219;
const NAME = "bank/login";
const VALUE = "the value of the bank";
const SHORT_MS = 5_000;
const TOKEN_LINE = /^[A-Za-z0-9_-]{43}\n$/;
const proved: RunOptions = { passphrase: PASSPHRASE };
const agent = liveAgent({ shared: true });
const installed = UID === 0 ? new Installation() : undefined;
afterAll(() => installed?.[Symbol.dispose]());

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, NAME, Buffer.from(VALUE));
});

const run = (...args: readonly string[]): Promise<Result> => agent().sandbox.agent(args, proved);
const get = (env: Readonly<Record<string, string>>, ...more: readonly string[]): Promise<Result> =>
  agent().sandbox.agent(["get", NAME, ...more], { env });

/** Makes a token and a rule that names it; returns what was printed. */
async function newToken(label: string, ...more: readonly string[]): Promise<Result> {
  const made = await agent().sandbox.ok(["token", "new", label, ...more], proved);
  using administrator = await agent().administrator();
  await grant(administrator, NAME, { tokens: [label] });
  return made;
}

function fileWith(name: string, bytes: string | Buffer, mode = 0o400): string {
  const path = join(agent().sandbox.folder, freshLabel(name));
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  return path;
}

it("B64: a token is printed once, and opens the secret from a file that the job names", async () => {
  const { stdout, stderr } = await newToken(freshLabel("nightly"));
  expect(stdout.toString()).toMatch(TOKEN_LINE);
  expect(stderr).toMatch(/^agent: the token, shown only this once.*0400/);
  expect(stderr).toContain("SOTTO_TOKEN_FILE");
  expect(stderr).not.toContain(stdout.toString().trim());
  for (const [mode, bytes] of [
    [0o400, stdout],
    [0o600, stdout],
    [0o400, stdout.subarray(0, -1)],
  ] as const) {
    const file = fileWith(`nightly-${mode.toString(8)}-${bytes.length}`, bytes, mode);
    expect((await get({}, "--token-file", file)).stdout.toString()).toBe(VALUE);
    expect((await get({ SOTTO_TOKEN_FILE: file })).stdout.toString()).toBe(VALUE);
  }
  expect(await get({})).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
});

it("B64: --quiet and --json leave the token alone", async () => {
  const label = freshLabel("json");
  const quiet = await newToken(freshLabel("quiet"), "--quiet");
  expect([quiet.stderr, TOKEN_LINE.test(quiet.stdout.toString())]).toEqual(["", true]);
  const json = JSON.parse((await newToken(label, "--json")).stdout.toString()) as Record<string, string>;
  expect(json).toEqual({ label, token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string });
  const file = fileWith("json", json["token"] ?? "");
  expect((await get({}, "--token-file", file)).stdout.toString()).toBe(VALUE);
});

it("B64: token list shows labels, for whom and how long, never the token", async () => {
  const label = freshLabel("listed");
  const shortLabel = freshLabel("short");
  const made = await newToken(label, "--uid", "1234", "--expires", "2999-01-01T00:00:00+01:00");
  const short = Date.now() + SHORT_MS;
  await newToken(shortLabel, "--expires", new Date(short).toISOString());
  const { stdout } = await agent().sandbox.ok(["token", "list", "--json"], proved);
  const { tokens } = JSON.parse(stdout.toString()) as { tokens: Record<string, string>[] };
  const listed = tokens.find((token) => token["label"] === label);
  expect(Object.keys(listed ?? {}).sort()).toEqual(["created", "expires", "label", "uid"]);
  expect(listed).toMatchObject({ uid: 1234 });
  expect(Date.parse(listed?.["expires"] ?? "")).toBe(Date.parse("2998-12-31T23:00:00Z"));
  await sleep(Math.max(0, short - Date.now()));
  const table = (await agent().sandbox.ok(["token", "list"], proved)).stdout.toString();
  expect(table).toMatch(new RegExp(`^${label} +\\S+ +uid 1234 +until \\S+$`, "m"));
  expect(table).toMatch(new RegExp(`^${shortLabel} +\\S+ +anyone +expired \\S+$`, "m"));
  expect(table + stdout.toString()).not.toContain(made.stdout.toString().trim());
});

it("B64: token revoke ends it, and the rules that name it stay", async () => {
  const label = freshLabel("gone");
  const file = fileWith("gone", (await newToken(label)).stdout);
  expect(await get({}, "--token-file", file)).toMatchObject({ status: 0 });
  const revoked = await agent().sandbox.ok(["token", "revoke", label], proved);
  expect(revoked.stderr).toContain("rules that name it stay");
  const denied = await get({}, "--token-file", file);
  expect(denied).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
  expect(denied.stderr, "as without any token").toBe((await get({})).stderr);
  expect(await run("token", "revoke", label)).toMatchObject({
    status: 4,
    stderr: expect.stringContaining("no token of that label") as string,
  });
});

it.each([
  ["the label taken", ["token", "new", "taken"], 9, "there is a token of that label"],
  ["no label", ["token", "new"], 2, "label is missing"],
  ["no valid label", ["token", "new", "Nightly"], 2, "not a label"],
  [
    "a time without offset",
    ["token", "new", "x", "--expires", "2030-01-01T00:00:00"],
    2,
    "time with its offset",
  ],
  ["a time in the past", ["token", "new", "x", "--expires", "2001-01-01T00:00:00Z"], 2, "in the past"],
  ["a uid that is none", ["token", "new", "x", "--uid", "4294967295"], 2, "whole number"],
  ["a user that is none", ["token", "new", "x", "--user", "no-such-user-here"], 2, "no user of that name"],
  ["a uid and a user", ["token", "new", "x", "--uid", "1", "--user", "root"], 2, "give one of them"],
  ["no command", ["token"], 2, "which command"],
])("B64: %s: fails and makes none", async (_what, args, status, text) => {
  if (status === 9) await run("token", "new", "taken");
  const result = await run(...args);
  expect(result).toMatchObject({ status, stdout: Buffer.alloc(0) });
  expect(result.stderr).toContain(text);
  const { stdout } = await agent().sandbox.ok(["token", "list"], proved);
  expect(stdout.toString()).not.toMatch(/^x /m);
});

it("B64: a token as an argument or in the environment is refused and not echoed", async () => {
  const token = (await newToken(freshLabel("argued"))).stdout.toString().trim();
  const runs: readonly (readonly [args: readonly string[], env?: Readonly<Record<string, string>>])[] = [
    [["get", NAME, token]],
    [["get", NAME, "--token", token]],
    [["get", NAME, `--token=${token}`]],
    [["get", NAME, `--token-file=${token}`]],
    [["get", token]],
    [["require", NAME, "--token", token]],
    [["token", "new", token]],
    [["token", "new", "label", token]],
    [["token", "new", "label", "--expires", token]],
    [["token", "new", "label", "--user", token]],
    [["token", "revoke", token]],
    [["get", NAME], { SOTTO_TOKEN: token }],
    [["token", "list"], { SOTTO_TOKEN: token }],
    [["get", NAME], { SOTTO_TOKEN_FILE: token }],
  ];
  for (const [args, env = {}] of runs) {
    const result = await agent().sandbox.agent(args, { ...proved, env });
    expect(result, args.join(" ")).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
    expect(result.stderr, args.join(" ")).not.toContain(token);
  }
});

it("B64: a file that others could have read, or that is none, is refused before anything is sent", async (context) => {
  needsPrograms(context, "mkfifo");
  const { stdout } = await newToken(freshLabel("guarded"));
  const folder = join(agent().sandbox.folder, freshLabel("folder"));
  const fifo = join(agent().sandbox.folder, freshLabel("fifo"));
  const link = join(agent().sandbox.folder, freshLabel("link"));
  mkdirSync(folder);
  execFileSync("mkfifo", ["-m", "0400", fifo]);
  symlinkSync(fileWith("token-target", stdout), link);
  const bad: Record<string, string> = {
    "readable by the group": fileWith("token-0440", stdout, 0o440),
    "readable by all": fileWith("token-0404", stdout, 0o404),
    "writable by the group": fileWith("token-0620", stdout, 0o620),
    executable: fileWith("token-0500", stdout, 0o500),
    "a symbolic link": link,
    "a FIFO, which must not hang it": fifo,
    "a folder": folder,
    "a device": "/dev/null",
    absent: join(folder, "absent"),
    "too long": fileWith("token-long", Buffer.alloc(1_026, "a")),
  };
  if (UID === 0) {
    bad["another user's"] = fileWith("token-other", stdout);
    chownSync(bad["another user's"], JOB, JOB);
  }
  const fetches = (): number =>
    agent()
      .sandbox.auditRecords()
      .filter(({ verb }) => verb === "get").length;
  const before = fetches();
  for (const [what, file] of Object.entries(bad)) {
    for (const result of [await get({}, "--token-file", file), await get({ SOTTO_TOKEN_FILE: file })]) {
      expect(result, what).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
      expect(result.stderr, what).toMatch(/^agent: error: .*the token file/);
      expect(result.stderr, what).not.toContain(stdout.toString().trim());
    }
  }
  expect(fetches(), "nothing was asked").toBe(before);
});

it("B63, B64: a job of another user fetches with its own file; the same file is worthless to a third", async (context) => {
  needsRoot(context);
  const { stdout } = await newToken(freshLabel("job"), "--uid", String(JOB));
  const fetchAs = (uid: number): Promise<Result> => {
    const file = fileWith(`token-of-${uid}`, readFileSync(fileWith("token-job", stdout)));
    chownSync(file, uid, uid);
    const env = { SOTTO_SOCKET: agent().sandbox.socket, SOTTO_TOKEN_FILE: file };
    return runCommand(installed?.node ?? "", [installed?.cli ?? "", "get", NAME], { env, uid });
  };
  expect((await fetchAs(JOB)).stdout.toString()).toBe(VALUE);
  expect(await fetchAs(OTHER_JOB)).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
});
