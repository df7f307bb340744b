/** `agent explain`: the decision first, then every rule with what it wants and what there is; the status of the fetch. */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";

const agent = liveAgent({ shared: true });
const OWN = process.getuid?.() ?? 0;
const HOUR_MS = 3_600_000;
const rules = { own: "", unit: "", limited: "" };

beforeAll(async () => {
  using administrator = await agent().administrator();
  for (const name of ["told/a", "told/limited"]) await set(administrator, name, Buffer.from(name));
  rules.own = await grant(administrator, "told/a", { uids: [OWN] });
  rules.unit = await grant(administrator, "told/**", { uids: [64_170], units: ["backup.service"] });
  rules.limited = await grant(administrator, "told/limited", {
    uids: [OWN],
    rate: { count: 1, perMs: HOUR_MS },
  });
  await grant(administrator, "missing/a", { uids: [OWN] });
});

/** Runs `agent explain`; the answer as lines. */
async function explain(...args: string[]) {
  const { status, stdout, stderr } = await agent().sandbox.agent(["explain", ...args], {
    passphrase: PASSPHRASE,
  });
  return { status, lines: stdout.toString().trimEnd().split("\n"), stderr };
}

/** The lines about one rule. */
const about = (lines: readonly string[], rule: string): string[] =>
  lines.filter((line) => line.startsWith(`rule ${rule}: `));

describe("B65: the decision is the first line, and the exit status that of the fetch", () => {
  it("allowed", async () => {
    const { status, lines } = await explain("told/a", "--uid", String(OWN), "--gid", "7");
    expect(status).toBe(0);
    expect(lines[0]).toBe(`allowed by rule ${rules.own}`);
    expect(lines[1]).toBe(`judged: uid ${OWN}, gid 7, groups 7`);
    expect(about(lines, rules.own)).toEqual([`rule ${rules.own}: allows it`]);
    expect(about(lines, rules.unit)).toEqual([`rule ${rules.unit}: uid is not 64170 (it is ${OWN})`]);
    expect(lines).toHaveLength(4);
  });

  it("denied", async () => {
    const { status, lines } = await explain("told/a", "--uid", "64170", "--gid", "7", "--unit", "cron");
    expect(status).toBe(4);
    expect(lines[0]).toBe("denied: 2 rules name it, none allows it");
    expect(about(lines, rules.unit)).toEqual([
      `rule ${rules.unit}: unit is not backup.service (it is cron.service)`,
    ]);
    expect((await explain("told/a", "--uid", "64170", "--gid", "7", "--unit", "backup")).status).toBe(0);
    expect((await explain("other/a", "--uid", "64170", "--gid", "7")).lines[0]).toBe(
      "denied: no rule names it; and there is no such secret",
    );
  });

  it("rate limited", async () => {
    const ask = () => explain("told/limited", "--uid", String(OWN), "--gid", "7");
    expect((await ask()).status).toBe(0);
    expect((await ask()).status, "asking uses nothing up").toBe(0);
    await agent().sandbox.ok(["get", "told/limited"]);
    const { status, lines } = await ask();
    expect(status).toBe(11);
    expect(lines[0]).toBe(`rate limited: rule ${rules.limited} would allow it, but not so soon again`);
    expect(about(lines, rules.limited)).toEqual([
      `rule ${rules.limited}: its rate is used up for uid ${OWN} (1 in 1h)`,
    ]);
    expect((await agent().sandbox.agent(["get", "told/limited"])).status).toBe(11);
  });

  it("there is no such secret", async () => {
    const { status, lines } = await explain("missing/a", "--uid", String(OWN), "--gid", "7");
    expect([status, lines[0]]).toEqual([
      4,
      "denied: there is no such secret; with one the rules would let it pass",
    ]);
    expect((await agent().sandbox.agent(["get", "missing/a"])).status).toBe(4);
  });

  it("set, which administrators may without a rule", async () => {
    const { status, lines, stderr } = await explain(
      "told/a",
      "--uid",
      String(OWN),
      "--gid",
      "7",
      "--may",
      "set",
    );
    expect(status).toBe(4);
    expect(about(lines, rules.own)).toEqual([`rule ${rules.own}: it permits get only`]);
    expect(stderr).toContain("an administrator who proves the passphrase may set it without a rule");
  });

  it("as JSON, with stable keys", async () => {
    const { status, lines } = await explain("told/a", "--uid", "64170", "--gid", "7", "--json");
    expect(status).toBe(4);
    const document = JSON.parse(lines.join("\n")) as Record<string, unknown>;
    expect(Object.keys(document)).toEqual(["name", "operation", "decision", "exists", "peer", "rules"]);
    expect(document).toMatchObject({ name: "told/a", operation: "get", decision: "denied", exists: true });
    expect(document["peer"]).toEqual({ uid: 64_170, gid: 7, groups: [7] });
    expect(document["rules"]).toContainEqual({
      rule: rules.unit,
      failed: "unit",
      reason: "unit is not backup.service (none was given)",
    });
    const missing = await explain("missing/a", "--uid", String(OWN), "--gid", "7", "--json");
    expect(JSON.parse(missing.lines.join("\n"))).toMatchObject({ decision: "denied", exists: false });
  });
});

describe("whom it is about", () => {
  it("a running process, as it is", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    try {
      const { status, lines } = await explain("told/a", "--pid", String(child.pid));
      expect(status).toBe(0);
      expect(lines[0]).toBe(`allowed by rule ${rules.own}`);
      expect(lines[1]).toMatch(
        new RegExp(
          `^judged: uid ${OWN}, gid ${process.getgid?.() ?? 0}, .*program ${realpathSync("/bin/sleep")}`,
        ),
      );
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("a process that there is not", async () => {
    const { status, stderr } = await explain("told/a", "--pid", String(0x7fff_ffff));
    expect(status).toBe(4);
    expect(stderr).toMatch(/^agent: error: explain told\/a: there is no process of that id\nagent: hint: /);
  });

  it("a user, in the groups of the user database, which is said", async () => {
    const { lines, stderr } = await explain("told/a", "--user", "root");
    expect(lines[1]).toMatch(/^judged: uid 0, gid 0, groups 0\b/);
    expect(stderr).toContain(
      "the groups of user root are those of the user database; a process may have others",
    );
    const quiet = await explain("told/a", "--user", "root", "--quiet");
    expect(quiet.stderr).toBe("");
  });

  it("a program by a link to it, which is said", async () => {
    const real = realpathSync("/bin/sh");
    const { lines, stderr } = await explain("told/a", "--uid", "1", "--gid", "1", "--exe", "/bin/sh");
    expect(lines[1]).toContain(`program ${real}`);
    if (real !== "/bin/sh") expect(stderr).toContain(`/bin/sh is a symbolic link: what runs is ${real}`);
  });

  it("another time", async () => {
    using administrator = await agent().administrator();
    const rule = await grant(administrator, "timed/a", {
      uids: [1],
      windows: ["Mon 03:00-04:00 Asia/Tokyo"],
    });
    const at = (time: string) => explain("timed/a", "--uid", "1", "--gid", "1", "--at", time);
    const inside = await at("2026-11-23T03:30:00+09:00");
    expect(about(inside.lines, rule)).toEqual([`rule ${rule}: allows it`]);
    const outside = await at("2026-11-23T04:00:00+09:00");
    expect(about(outside.lines, rule)).toEqual([
      `rule ${rule}: the time is not within Mon 03:00-04:00 Asia/Tokyo (it is Mon 04:00 Asia/Tokyo)`,
    ]);
  });

  it.each([
    [[], "whom is it about?"],
    [["--uid", "1", "--user", "root"], "each say whom it is about"],
    [["--pid", "1", "--unit", "a"], "--pid says it all"],
    [["--pid", "0"], "--pid takes a whole number"],
    [["--uid", "1", "--may", "get,set"], "--may takes get or set"],
    [["--uid", "1", "--exe", "sh"], "--exe takes an absolute path"],
    [["--uid", "1", "--uid", "2"], "--uid may be given once only"],
    [["--uid", "1", "--at", "noon"], "--at takes a time with its offset"],
  ])("%s is not clear: exit 2", async (args, text) => {
    const { status, stderr } = await explain("told/a", ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(text);
  });
});

it("B32: is for administrators only", async (context) => {
  needsRoot(context);
  const args = [CLI, "explain", "told/a", "--uid", "1"];
  const env = agent().sandbox.environment;
  const { status, stdout, stderr } = await runCommand(process.execPath, args, { env, uid: 64_171 });
  context.skip(stderr.includes("MODULE_NOT_FOUND"), "the checkout is where others may not read");
  expect([status, stdout.toString()]).toEqual([4, ""]);
  expect(stderr).toContain("only an administrator may do this");
});
