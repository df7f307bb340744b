/** What Sotto does not protect from, as SECURITY.md says: programs within one uid are guard rails. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, it } from "vitest";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_246;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

/** Connects, leaves the connection to a child, and becomes the program of the rule. */
const EXEC_RACE = `
  my $socket = dial(); my $parent = $$;
  if (!fork()) {
    until_true(sub { (readlink("/proc/$parent/exe") // "") eq $ARGV[0] });
    tell_test(ask($socket)); exit(0);
  }
  exec($ARGV[0], "-e", "wait()");`;

it("B46: a child that kept the connection gets the answer of the program that its parent has become", async () => {
  const program = rules.folder.program("allowed");
  const other = rules.folder.program("other");
  await rules.under({ uids: [UID], exes: [program] }, async () => {
    await rules.expectDenied({ program: other, become: setpriv(UID) });
    await rules.expectAllowed({ program: other, args: [program], become: setpriv(UID), body: EXEC_RACE });
  });
});

it("B46: and the documentation says so", () => {
  const security = readFileSync(fileURLToPath(new URL("../../SECURITY.md", import.meta.url)), "utf8");
  expect(security.replace(/\s+/g, " ").toLowerCase()).toContain(
    "the uid is the boundary; exe, sha256 and ancestor are guard rails within it",
  );
});
