/** A pid is not a process: one that has come round again belongs to another. */
import { beforeEach, expect, it } from "vitest";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl"));

/**
 * The parent connects and ends; its child keeps the connection, starts the program of the rule under the parent's pid
 * (pid_namespaces(7): ns_last_pid) and asks only then.
 */
const REUSE = `
  my $socket = dial(); my $parent = $$;
  exit(0) if fork();
  until_true(sub { !kill(0, $parent) });
  my $reused = 0;
  for (1 .. 3000) {
    open(my $last, ">", "/proc/sys/kernel/ns_last_pid") or die "ns_last_pid: $!";
    syswrite($last, $parent - 1); close($last);
    my $child = fork();
    if (!$child) { exit(0) if $$ != $parent; exec($ARGV[0], "-e", "sleep(60)") }
    if ($child == $parent) { $reused = 1; last }
    waitpid($child, 0);
  }
  die "the pid did not come round" if !$reused;
  until_true(sub { (readlink("/proc/$parent/exe") // "") eq $ARGV[0] });
  print STDERR "reused"; my $answer = ask($socket);
  kill("KILL", $parent); waitpid($parent, 0);
  tell_test($answer);`;

it("B47: a pid that has come round to the program of the rule does not help", async () => {
  const program = rules.folder.program("allowed");
  await rules.under({ uids: [0], exes: [program] }, async () => {
    const heard = await rules.ask({ program, args: [program], body: REUSE });
    expect(heard.errors).toBe("reused");
    rules.judgeDenied(heard);
    await rules.expectAllowed({ program });
  });
});
