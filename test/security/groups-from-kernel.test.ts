/** Which groups a peer is in is what the kernel noted at connect: not /etc/group, and not what /proc says later. */
import { appendFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { grant, LiveAgent, set } from "../support/live-agent.ts";
import { fetchAs, setpriv } from "../support/other-process.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const SECRET = { name: "of/staff", value: "for the staff" };
const USER = { name: "sotto-groups-test", uid: 64_151 };
const GROUP = { name: "sotto-staff", id: 64_551 };
const OTHER_GID = 64_552;

const isRoot = process.getuid?.() === 0;
const installed = isRoot ? new Installation() : undefined;
let started: LiveAgent | undefined;

beforeAll(async () => {
  if (isRoot) started = await startWithUserDatabase();
});
afterAll(async () => {
  installed?.[Symbol.dispose]();
  await started?.[Symbol.asyncDispose]();
});
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "setpriv", "unshare", "mount"));

/** An agent for which /etc/group says that the user is in the group. Nobody else sees that file. */
async function startWithUserDatabase(): Promise<LiveAgent> {
  const sandbox = new Sandbox({ shared: true });
  const lines = {
    passwd: `${USER.name}:x:${USER.uid}:${USER.uid}::/:/bin/sh\n`,
    group: `${GROUP.name}:x:${GROUP.id}:${USER.name}\n`,
  };
  const bind = Object.entries(lines).map(([file, line]) => {
    const copy = join(sandbox.folder, file);
    copyFileSync(join("/etc", file), copy);
    appendFileSync(copy, line);
    return `mount --bind '${copy}' /etc/${file}`;
  });
  const script = [...bind, 'exec "$@"'].join(" && ");
  const command = ["--mount", "--propagation", "private", "sh", "-c", script, "sh"];
  const start = [...command, process.execPath, CLI, "start"];
  const { status, stderr } = await runCommand("unshare", start, { env: sandbox.environment });
  if (status !== 0) throw new Error(`start exited ${String(status)}: ${stderr}`);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  return LiveAgent.of(sandbox);
}

function agent(): LiveAgent {
  if (started === undefined) throw new Error("not started");
  return started;
}

/** What a process of its own gets; undefined when it is denied. */
async function valueFor(become: readonly string[]): Promise<string | undefined> {
  if (installed === undefined) throw new Error("not installed");
  const { bytes, payload } = await fetchAs(installed, become, agent().sandbox.socket, SECRET.name);
  if (payload.length > 0) return payload.toString();
  expect(bytes.includes("denied")).toBe(true);
  return undefined;
}

async function withRule(identity: Parameters<typeof grant>[2], check: () => Promise<void>): Promise<void> {
  using administrator = await agent().administrator();
  await set(administrator, SECRET.name, Buffer.from(SECRET.value));
  const rule = await grant(administrator, SECRET.name, identity);
  await check();
  await administrator.request({ v: 1, id: 1, verb: "revoke", rule });
}

it.each([
  ["a gid", { gids: [GROUP.id] }],
  ["a named group", { groups: [GROUP] }],
])("B51: by a rule for %s the groups of the process decide, not /etc/group", async (_what, identity) => {
  await withRule(identity, async () => {
    const others = [OTHER_GID, 64_553, 64_554];
    expect(await valueFor(setpriv(64_152, 64_152, [GROUP.id])), "not in /etc/group").toBe(SECRET.value);
    expect(await valueFor(setpriv(64_152, 64_152, [...others, GROUP.id]))).toBe(SECRET.value);
    expect(await valueFor(setpriv(64_152, GROUP.id)), "as its first group").toBe(SECRET.value);
    expect(await valueFor(setpriv(USER.uid)), "only in /etc/group").toBeUndefined();
    expect(await valueFor(setpriv(USER.uid, USER.uid, others))).toBeUndefined();
    expect(await valueFor(setpriv(GROUP.id, 64_152)), "a uid of that number").toBeUndefined();
  });
});

it("B51: more groups than fit a small buffer are all seen", async () => {
  await withRule({ gids: [GROUP.id] }, async () => {
    const many = Array.from({ length: 300 }, (_, i) => 65_000 + i);
    expect(await valueFor(setpriv(64_152, 64_152, [...many, GROUP.id]))).toBe(SECRET.value);
    expect(await valueFor(setpriv(64_152, 64_152, many))).toBeUndefined();
  });
});

it("B51: groups that a process takes up or gives up after it connected change nothing", async () => {
  await withRule({ gids: [GROUP.id] }, async () => {
    const own = process.getgroups?.() ?? [];
    using member = await agent().connect({ uid: 64_152, groups: [GROUP.id] });
    using outsider = await agent().connect({ uid: 64_152 });
    const request = { v: 1, id: 1, verb: "get", name: SECRET.name };
    try {
      process.setgroups?.([]);
      expect((await member.request(request)).payload.toString(), "given up").toBe(SECRET.value);
      process.setgroups?.([GROUP.id]);
      expect((await outsider.request(request)).header.get("error"), "taken up").toBe("denied");
    } finally {
      process.setgroups?.(own);
    }
  });
});
