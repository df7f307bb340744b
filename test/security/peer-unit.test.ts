/** A rule for a unit is for the cgroup of that unit, exactly where the service manager puts it. */
import { beforeEach, expect, it } from "vitest";
import { Cgroup } from "../support/cgroup.ts";
import { runCommand } from "../support/command.ts";
import { setpriv } from "../support/other-process.ts";
import { PeerRules, peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const UID = 64_252;
const AS_USER = setpriv(UID);
const OWN = String(process.pid);
const UNIT = `sotto-b52-${OWN}.service`;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv", "unshare"));

it("B52: in the cgroup of the unit it is allowed, without a uid in the rule", async (context) => {
  using unit = Cgroup.make(`system.slice/${UNIT}`, context);
  await rules.under({ units: [UNIT] }, async () => {
    await rules.expectAllowed({ program: "perl", become: [...unit.enter, ...AS_USER] });
    await rules.expectDenied({ program: "perl", become: AS_USER });
  });
  await rules.under({ units: [UNIT], uids: [UID + 1] }, () =>
    rules.expectDenied({ program: "perl", become: [...unit.enter, ...AS_USER] }),
  );
});

const ELSEWHERE = [
  `user.slice/${UNIT}`,
  `user.slice/user-1000.slice/user@1000.service/app.slice/${UNIT}`,
  `system.slice/${UNIT}.evil`,
  `system.slice/${UNIT}-evil.service`,
  `system.slice/x-${OWN}/${UNIT}`,
  `system.slice/x-${OWN}.service/${UNIT}`,
  `system.slice/${UNIT}/${UNIT}`,
  `system.slice/${UNIT}/below`,
  `system.slice/${UNIT} (deleted)`,
  `sotto-b52-${OWN}/system.slice/${UNIT}`,
  UNIT,
];

it.for(ELSEWHERE)("B52: in the cgroup /%s it is denied", async (path, context) => {
  using other = Cgroup.make(path, context);
  await rules.under({ units: [UNIT] }, () =>
    rules.expectDenied({ program: "perl", become: [...other.enter, ...AS_USER] }),
  );
  expect(rules.lastFetch()).toMatchObject({ uid: UID, result: "denied" });
});

it("B52: to an agent in a cgroup namespace, what is outside of it (`/../`) is no unit", async (context) => {
  using home = Cgroup.make(`system.slice/sotto-b52-agent-${OWN}.service`, context);
  using unit = Cgroup.make(`system.slice/${UNIT}`, context);
  await using sandbox = new Sandbox({ shared: true });
  const start = [...home.enter, "unshare", "--cgroup", "--", process.execPath, CLI, "start"];
  const { status, stderr } = await runCommand("env", start, { env: sandbox.environment });
  expect(status, stderr).toBe(0);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  const inside = new PeerRules(() => ({ sandbox }));
  await inside.store();
  await inside.under({ units: [UNIT] }, () =>
    inside.expectDenied({ program: "perl", become: [...unit.enter, ...AS_USER] }),
  );
  await inside.under({ uids: [UID] }, () =>
    inside.expectAllowed({ program: "perl", become: [...unit.enter, ...AS_USER] }),
  );
  inside.dispose();
});
