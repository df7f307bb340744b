/** What /proc tells of a process in foreign namespaces is not believed: only who it is counts there. */
import { beforeEach, expect, it } from "vitest";
import { Cgroup } from "../support/cgroup.ts";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_239;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "unshare", "setpriv"));

const program = (): string => rules.folder.program("job");
const PID_NAMESPACE = ["unshare", "--pid", "--fork", "--"];
const AS_USER = setpriv(UID);

it.each([
  ["pid", [...PID_NAMESPACE, ...AS_USER]],
  ["user", [...AS_USER, "unshare", "--user", "--"]],
  ["user, as root there", [...AS_USER, "unshare", "--user", "--map-root-user", "--"]],
  ["mount", ["unshare", "--mount", "--", ...AS_USER]],
])("B39: in a %s namespace of its own a process is its uid, and no program", async (_kind, become) => {
  const client = { program: program(), become };
  const launcher = rules.folder.program("launcher");
  const launched = { ...client, become: [...become, launcher, "-e", "exit(system(@ARGV) >> 8)"] };
  await rules.under({ uids: [UID] }, () => rules.expectAllowed(client));
  await rules.under({ uids: [UID], exes: [client.program] }, async () => {
    await rules.expectDenied(client);
    await rules.expectAllowed({ program: client.program, become: AS_USER });
  });
  await rules.under({ uids: [UID], ancestors: [launcher] }, async () => {
    await rules.expectDenied(launched);
    const outside = [...AS_USER, launcher, "-e", "exit(system(@ARGV) >> 8)"];
    await rules.expectAllowed({ ...client, become: outside });
  });
});

it("B39: in a pid or user namespace of its own a process is in no unit; a mount namespace does not matter", async (context) => {
  using unit = Cgroup.make(`system.slice/sotto-b39-${String(process.pid)}.service`, context);
  const client = (...become: string[]): Parameters<typeof rules.expectDenied>[0] => ({
    program: "perl",
    become: [...unit.enter, ...become],
  });
  await rules.under({ units: [unit.name] }, async () => {
    await rules.expectAllowed(client(...AS_USER));
    await rules.expectAllowed(client("unshare", "--mount", "--", ...AS_USER));
    await rules.expectDenied(client(...PID_NAMESPACE, ...AS_USER));
    await rules.expectDenied(client(...AS_USER, "unshare", "--user", "--"));
    await rules.expectDenied(client("unshare", "--cgroup", "--", ...AS_USER));
  });
  expect(rules.lastFetch()).toMatchObject({ uid: UID, result: "denied" });
});
