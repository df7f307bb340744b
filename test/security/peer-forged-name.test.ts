/** A process chooses its name, which stands in the middle of what /proc tells of its parent. */
import { spawn } from "node:child_process";
import { beforeEach, expect, it } from "vitest";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_248;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

/** The name is at most 15 bytes (prctl(2), PR_SET_NAME). */
const NAME_AND_ASK = `
  open(my $comm, ">", "/proc/$$/comm") or die $!; syswrite($comm, $ARGV[0]); close($comm);
  open(my $stat, "<", "/proc/$$/stat"); print STDERR <$stat>;
  tell_test(ask(dial()));`;

it("B48: a name that reads like the end of a name and another parent is only a name", async () => {
  const launcher = rules.folder.program("launcher");
  const program = rules.folder.program("job");
  const elsewhere = spawn(launcher, ["-e", "sleep(600)"], { stdio: "ignore" });
  const pid = String(elsewhere.pid);
  try {
    await rules.under({ uids: [UID], ancestors: [launcher] }, async () => {
      for (const name of ["cron) S 1 1", `x) S ${pid} 1`, `x) S ${pid}`, ") S 1", ")))) ("]) {
        const heard = await rules.ask({ program, args: [name], become: setpriv(UID), body: NAME_AND_ASK });
        expect(heard.errors).toContain(`(${name.slice(0, 15)}`);
        rules.judgeDenied(heard);
      }
      const become = [...setpriv(UID), launcher, "-e", "exit(system(@ARGV) >> 8)"];
      await rules.expectAllowed({ program, args: [`x) S 1 1 1 1`], become, body: NAME_AND_ASK });
    });
  } finally {
    elsewhere.kill("SIGKILL");
  }
});
