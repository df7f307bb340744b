/** Where the agent may not look, a rule that would have to look fails, and one for a uid does not. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { Cgroup } from "../support/cgroup.ts";
import { runCommand } from "../support/command.ts";
import { setpriv } from "../support/other-process.ts";
import { PeerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const UID = 64_253;
let sandbox: Sandbox;
let rules: PeerRules;
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv", "unshare", "mount"));
beforeEach(async () => {
  sandbox = await Sandbox.start({ shared: true });
  rules = new PeerRules(() => ({ sandbox }));
  await rules.store();
});
afterEach(async () => {
  rules.dispose();
  await sandbox[Symbol.asyncDispose]();
});

/** Root without the right to look at others, which makes it a user like any before /proc. */
const NOT_LOOKING = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "--"];
/** Group 0 would see everything, did the option not name another. */
const HIDING = [
  ...["unshare", "--mount", "--propagation", "private", "sh", "-c"],
  ...['mount -t proc -o hidepid=2,gid=64999 proc /proc && exec "$@"', "sh"],
];

/** Starts the agent of this vault anew, by a command that gives it fewer rights. */
async function restart(...become: string[]): Promise<void> {
  await sandbox.ok(["stop"]);
  const start = [...become, process.execPath, CLI, "start"];
  const { status, stderr } = await runCommand("env", start, { env: sandbox.environment });
  expect(status, stderr).toBe(0);
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
}

it("B53: behind hidepid=2 exe, ancestor and unit fail, and a uid does not", async (context) => {
  const program = rules.folder.program("job");
  const launcher = rules.folder.program("launcher");
  using unit = Cgroup.make(`system.slice/sotto-b53-${String(process.pid)}.service`, context);
  const launch = [launcher, "-e", "exit(system(@ARGV) >> 8)"];
  const client = { program, become: [...unit.enter, ...setpriv(UID), ...launch] };
  const narrowings = [{ exes: [program] }, { ancestors: [launcher] }, { units: [unit.name] }];
  const administrator = await rules.administrator();
  for (const narrowing of narrowings) {
    const grant = { selector: rules.name, may: ["get"], uids: [UID], ...narrowing };
    const made = await administrator.must("grant", grant);
    await rules.expectAllowed(client);
    await administrator.must("revoke", { rule: made.header.get("rule") as string });
  }
  for (const narrowing of narrowings)
    await administrator.must("grant", { selector: rules.name, may: ["get"], uids: [UID], ...narrowing });

  await restart(...HIDING, ...NOT_LOOKING);
  await rules.expectDenied(client);
  expect(await rules.objection({ uids: [UID], exes: [program] })).toBe("exe-right");
  await rules.under({ uids: [UID] }, () => rules.expectAllowed(client));
});

/** prctl(2), PR_SET_DUMPABLE, which perl has no name for. */
const NUMBER = process.arch === "arm64" ? 167 : 157;
const UNDUMPABLE = `syscall(${String(NUMBER)}, 4, 0, 0, 0, 0) == 0 or die $!; tell_test(ask(dial()));`;

it("B53: the program of a process that is not dumpable is not seen by an agent without rights over it", async () => {
  const program = rules.folder.program("job");
  const client = { program, become: NOT_LOOKING };
  const administrator = await rules.administrator();
  const grant = { selector: rules.name, may: ["get"], uids: [0], exes: [program] };
  const made = await administrator.must("grant", grant);
  await restart(...NOT_LOOKING);
  await rules.expectAllowed(client);
  await rules.expectDenied({ ...client, body: UNDUMPABLE });
  await (await rules.administrator()).must("revoke", { rule: made.header.get("rule") as string });
  await rules.under({ uids: [0] }, () => rules.expectAllowed({ ...client, body: UNDUMPABLE }));
});

it("B39: an agent without that right still tells units, and not from within a namespace", async (context) => {
  using unit = Cgroup.make(`system.slice/sotto-b39-looking-${String(process.pid)}.service`, context);
  await restart(...NOT_LOOKING);
  const within = (...become: string[]): Parameters<typeof rules.ask>[0] => ({
    program: "perl",
    become: [...unit.enter, ...become],
  });
  await rules.under({ units: [unit.name] }, async () => {
    await rules.expectAllowed(within(...setpriv(UID)));
    await rules.expectDenied(within("unshare", "--pid", "--fork", "--", ...setpriv(UID)));
    await rules.expectDenied(within(...setpriv(UID), "unshare", "--user", "--"));
  });
});
