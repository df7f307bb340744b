/** `agent grant`: what a rule may say, and what it says when it is refused. `agent rules` shows it again. */
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { grant, liveAgent } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";

const TRUE = realpathSync("/bin/true");
const SHELL = realpathSync("/bin/sh");
const SHA = createHash("sha256").update(readFileSync(TRUE)).digest("hex");
const EXPIRES = "2099-01-01T00:00:00Z";
const WINDOW = "Mon-Fri 02:00-02:15 Europe/Berlin";
const ID = /^[0-9a-f]{16}\n$/;

const agent = liveAgent();

beforeAll(async () => {
  await agent().sandbox.ok(["token", "new", "nightly"], { passphrase: PASSPHRASE });
});

/** Makes a rule and returns it as `rules --json` shows it. */
async function granted(args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await agent().sandbox.ok(["grant", "db/**", ...args], { passphrase: PASSPHRASE });
  expect(stdout.toString()).toMatch(ID);
  const { rules } = await shown();
  const rule = rules.find(({ id }) => id === stdout.toString().trim());
  return rule ?? {};
}

async function shown(): Promise<{ rules: Record<string, unknown>[] }> {
  const { stdout } = await agent().sandbox.ok(["rules", "--json"], { passphrase: PASSPHRASE });
  return JSON.parse(stdout.toString()) as { rules: Record<string, unknown>[] };
}

/** What a refused rule is told, on one line for the error and one for the hint. */
async function refusal(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await agent().sandbox.agent(["grant", ...args], {
    passphrase: PASSPHRASE,
  });
  expect([status, stdout.toString()]).toEqual([2, ""]);
  expect(stderr).toMatch(/^agent: error: grant.*[^.]\n(?:agent: hint: .*[^.]\n)?$/);
  return stderr;
}

describe("identities and what narrows", () => {
  it.each([
    [["--uid", "1", "--uid", "2"], { uids: [1, 2] }],
    [["--user", "root"], { users: [{ name: "root", id: 0 }] }],
    [["--group", "root", "--gid", "7"], { groups: [{ name: "root", id: 0 }], gids: [7] }],
    [["--unit", "backup", "--unit", "run-u1.scope"], { units: ["backup.service", "run-u1.scope"] }],
    [["--token", "nightly"], { tokens: ["nightly"] }],
    [
      ["--uid", "1", "--window", WINDOW, "--window", "00:00-24:00 UTC"],
      { uids: [1], windows: [WINDOW, "00:00-24:00 UTC"] },
    ],
    [["--uid", "1", "--rate", "5/1h"], { uids: [1], rate: { count: 5, perMs: 3_600_000 } }],
    [["--uid", "1", "--once"], { uids: [1], once: true }],
  ])("%s", async (args, fields) => {
    expect(await granted(args)).toEqual({
      id: expect.any(String) as string,
      selector: "db/**",
      may: ["get"],
      ...fields,
    });
  });

  it("times are shown as RFC 3339", async () => {
    const { expires } = await granted(["--uid", "1", "--expires", EXPIRES, "--may", "get,set"]);
    expect(expires).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    expect(Date.parse(String(expires))).toBe(Date.parse(EXPIRES));
  });

  it("every condition is shown in words", async () => {
    const narrowing = ["--window", WINDOW, "--rate", "5/1h", "--once", "--expires", EXPIRES];
    const { id } = await granted(["--uid", "8", "--unit", "words", "--token", "nightly", ...narrowing]);
    const { stdout } = await agent().sandbox.ok(["rules"], { passphrase: PASSPHRASE });
    const line = stdout
      .toString()
      .split("\n")
      .find((one) => one.startsWith(String(id)));
    expect(line?.replaceAll(/ +/g, " ")).toContain(
      ` db/** get uid 8 and unit words.service and token nightly, at ${WINDOW}, at most 5 in 1h, for one fetch, until 20`,
    );
  });
});

describe("B42, B43: programs", () => {
  beforeEach(needsRoot); // an agent that is not root may not look at other users' programs

  it("are named by their path", async () => {
    const paths = ["--exe", TRUE, "--ancestor", TRUE, "--sha256", SHA];
    expect(await granted(["--uid", "1", ...paths])).toMatchObject({
      exes: [TRUE],
      ancestors: [TRUE],
      sha256s: [SHA],
    });
    expect(await granted(["--uid", "1", "--exe", SHELL, "--allow-interpreter"])).toMatchObject({
      interpreter: true,
    });
  });

  it("are refused with the reason, the path and what to do", async () => {
    const folder = join(agent().sandbox.folder, "programs"); // below a folder where everybody may write
    mkdirSync(folder);
    const copy = join(folder, "copy");
    copyFileSync(TRUE, copy);
    const missing = join(dirname(TRUE), "sotto-no-such-program");
    const about = (...paths: string[]): Promise<string> =>
      refusal(["refused/x", "--uid", "1", ...paths.flatMap((path) => ["--exe", path])]);
    expect(await about(missing)).toContain(`${missing} does not exist`);
    expect(await about(TRUE, missing)).toContain(`${missing} does not exist`);
    expect(await about(SHELL)).toContain(`${SHELL} is an interpreter`);
    expect(await about(TRUE, SHELL)).toMatch(
      /one of the programs is an interpreter.*\n.*--allow-interpreter/,
    );
    expect(await about(copy)).toContain(`${copy}, or a folder above it, may be written by others than root`);
    if (SHELL === "/bin/sh") return; // a system on which it is no link
    const link = "/bin/sh is a symbolic link, or is reached through one";
    expect(await about("/bin/sh")).toContain(`${link}\nagent: hint: name the program itself: ${SHELL}\n`);
    expect(await about("/bin/sh", TRUE)).toContain(link);
  });
});

describe("B58, B59, B64: what cannot be meant is refused, with what to do instead", () => {
  it.each([
    [["refused/x"], "needs somebody", "--unit"],
    [["refused/x", "--user", "1000"], "a user is named, not numbered", "--uid"],
    [["refused/x", "--user", "no-such-user-here"], "there is no user of that name", "getent passwd"],
    [["refused/x", "--user", "root", "--uid", "5"], "different kinds must all match", "all with --uid"],
    [["refused/x", "--uid", "1", "--uid", "65534"], "is never served", "a user of its own"],
    [["refused/*", "--uid", "1"], "as PREFIX/**", "a name is"],
    [["refused/x", "--unit", "backup.timer"], "other units run no processes", "name that one"],
    [["refused/x", "--token", "no-such-token"], "there is no token of that label", "agent token new"],
    [
      ["refused/x", "--token", "nightly", "--may", "set"],
      "a rule for a token cannot permit set",
      "--user or --unit",
    ],
    [["refused/x", "--uid", "1", "--once", "--may", "get,set"], "--once counts fetches", "two rules"],
    [["refused/x", "--uid", "1", "--rate", "5/1h", "--may", "set"], "--rate counts fetches", "two rules"],
    [["refused/x", "--uid", "1", "--rate", "5"], "--rate takes COUNT/DURATION", "5/1h"],
    [["refused/x", "--uid", "1", "--rate", "5/1h", "--rate", "6/1h"], "--rate may be given once only", ""],
    [["refused/x", "--uid", "1", "--window", "02:00-03:00"], "--window lacks the time zone", "Europe/Berlin"],
    [
      ["refused/x", "--uid", "1", "--window", "02:00-03:00 Europe/Nowhere"],
      "no time zone of that name",
      "UTC",
    ],
    [["refused/x", "--uid", "1", "--expires", "2020-01-01T00:00:00Z"], "--expires is in the past", "date"],
    [
      ["refused/x", "--uid", "1", "--expires", "2099-01-01"],
      "--expires takes a time with its offset",
      "T00:00:00",
    ],
    [["refused/x", "--uid", "1", "--exe", "dump"], "--exe takes an absolute path", "command -v"],
    [["refused/x", "--uid", "1", "--sha256", SHA.toUpperCase()], "in lower case", "sha256sum"],
    [["refused/x", "--uid", "1", "--allow-interpreter"], "--allow-interpreter belongs to --exe", "--exe"],
    [
      ["refused/x", ...Array<string[]>(33).fill(["--uid", "1"]).flat()],
      "--uid may be given 32 times",
      "second rule",
    ],
  ])("%s", async (args, text, hint) => {
    const told = await refusal(args);
    expect(told).toContain(text);
    expect(told).toContain(hint);
  });

  it("B64: a token in the place of its label is not repeated", async () => {
    const token = "kF3_xA9-vQ2mZr8LtYw7NcBe5DhJgUs1PiOoRaKfXyM";
    const told = await refusal(["refused/x", "--token", token]);
    expect(told).toContain("never the token itself");
    expect(told).not.toContain(token);
  });
});

it("nothing that was refused has made a rule", async () => {
  const { stdout } = await agent().sandbox.ok(["rules", "refused/x"], { passphrase: PASSPHRASE });
  expect(stdout.toString()).toBe("");
});

describe("B58: a user database that has changed", () => {
  it("is told by rules, for names that the rule remembers with another id", async () => {
    using administrator = await agent().administrator();
    const gone = await grant(administrator, "old/x", { users: [{ name: "sotto-gone", id: 4_000_000_001 }] });
    const moved = await grant(administrator, "old/x", { groups: [{ name: "root", id: 4_000_000_002 }] });
    const { stdout, stderr } = await agent().sandbox.ok(["rules", "old/x"], { passphrase: PASSPHRASE });
    expect(stdout.toString()).toContain("user sotto-gone (4000000001)");
    expect(stderr).toContain(
      `agent: warning: rule ${gone}: user sotto-gone had uid 4000000001 when the rule was made, and does not exist any more; the uid decides, and it belongs to nobody today\n`,
    );
    expect(stderr).toContain(`agent: warning: rule ${moved}: group root had gid 4000000002 when`);
    const all = await agent().sandbox.ok(["rules", "refused/x"], { passphrase: PASSPHRASE });
    expect(all.stderr, "nothing to tell").toBe("");
  });

  it("is judged by the uid: the name of the rule may belong to somebody else", async (context) => {
    needsRoot(context);
    needsPrograms(context, "unshare", "mount", "getent");
    const reused = 64_163;
    const first = await withPasswd(`sotto-first:x:${reused}:${reused}::/:/bin/sh`, [
      "grant",
      "reused/x",
      "--user",
      "sotto-first",
    ]);
    const second = await withPasswd(`sotto-second:x:${reused}:${reused}::/:/bin/sh`, ["rules", "reused/x"]);
    expect(second.stderr).toBe(
      `agent: warning: rule ${first.stdout.toString().trim()}: user sotto-first had uid ${reused} when the rule was made, and does not exist any more; the uid decides, and it belongs to user sotto-second today\n`,
    );
  });
});

it("a rule for an account of Windows is refused here: it could not be enforced", async () => {
  expect(await refusal(["db/x", "--sid", "S-1-5-18"])).toContain("names somebody as another system does");
  expect(await refusal(["db/x", "--uid", "1", "--sid", "S-1-5-18"])).toContain("as another system does");
  expect(await refusal(["db/x", "--sid", "alice"])).toContain("takes a SID");
});

/** Runs a command where /etc/passwd has one more line. Nobody else sees that file. */
async function withPasswd(line: string, args: readonly string[]) {
  const copy = join(agent().sandbox.folder, "passwd");
  copyFileSync("/etc/passwd", copy);
  appendFileSync(copy, `${line}\n`);
  const script = `mount --bind '${copy}' /etc/passwd && exec "$@"`;
  const command = [
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    script,
    "sh",
    process.execPath,
    CLI,
    ...args,
  ];
  const result = await runCommand("unshare", command, {
    env: agent().sandbox.environment,
    passphrase: PASSPHRASE,
  });
  expect(result.status, result.stderr).toBe(0);
  return result;
}
