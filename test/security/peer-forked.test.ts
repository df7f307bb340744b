/** Rules for a program are for the process that connected: not for a child that is left with its connection. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { Cgroup } from "../support/cgroup.ts";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_245;
const AS_USER = setpriv(UID);
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

/** The parent connects and ends; the child waits for that, and asks. */
const PARENT_ENDS = `
  my $socket = dial(); my $parent = $$;
  exit(0) if fork();
  until_true(sub { getppid() != $parent && !-e "/proc/$parent/exe" });
  tell_test(ask($socket));`;

/** The same, but the parent stays as a zombie: nobody has asked how it ended. */
const PARENT_IS_ZOMBIE = `
  pipe(my $end, my $running);
  if (fork()) { close($running); sysread($end, my $nothing, 1); exit(0) }
  my $socket = dial(); my $parent = $$;
  exit(0) if fork();
  until_true(sub { open(my $stat, "<", "/proc/$parent/stat") or die "reaped"; <$stat> =~ /\\) Z/ });
  tell_test(ask($socket));`;

it.each([
  ["has ended", PARENT_ENDS],
  ["is a zombie", PARENT_IS_ZOMBIE],
])(
  "B45: a child asks on the connection of its parent, which %s: only the uid is left",
  async (what, body) => {
    const program = rules.folder.program(`job-${what.replaceAll(" ", "-")}`);
    const launcher = rules.folder.program("launcher");
    const sha256 = createHash("sha256").update(readFileSync(program)).digest("hex");
    const asked = (): Parameters<typeof rules.ask>[0] => ({
      program,
      body,
      become: [...AS_USER, launcher, "-e", "exit(system(@ARGV) >> 8)"],
    });
    await rules.under({ uids: [UID] }, () => rules.expectAllowed(asked()));
    expect(rules.lastFetch()).not.toHaveProperty("exe");
    for (const narrowing of [{ exes: [program] }, { sha256s: [sha256] }, { ancestors: [launcher] }])
      await rules.under({ uids: [UID], ...narrowing }, async () => {
        await rules.expectDenied(asked());
        await rules.expectAllowed({ ...asked(), body: "tell_test(ask(dial()));" });
      });
  },
);

it("B45: nor is the unit of a parent that has ended that of its child", async (context) => {
  using unit = Cgroup.make(`system.slice/sotto-b45-${String(process.pid)}.service`, context);
  await rules.under({ units: [unit.name] }, async () => {
    const become = [...unit.enter, ...AS_USER];
    await rules.expectDenied({ program: "perl", become, body: PARENT_ENDS });
    await rules.expectAllowed({ program: "perl", become });
  });
});
