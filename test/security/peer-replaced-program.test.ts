/** A process goes on running the file that it was started from, whatever lies at its path by now. */
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_241;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

const sha256Of = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** As root it puts another file in its own place, or none; then it becomes the user and fetches. */
const REPLACE = `rename($ARGV[0], $^X) or die $!;`;
const REMOVE = `unlink($^X) or die $!;`;
const THEN_ASK = `
  $) = "${String(UID)} ${String(UID)}"; $( = ${String(UID)}; $< = $> = ${String(UID)};
  print STDERR readlink("/proc/$$/exe") // "unreadable"; tell_test(ask(dial()));`;

it.each([
  ["replaced", REPLACE],
  ["removed", REMOVE],
])(
  "B41: a program %s while it runs is not the one at its path; its hash is of what runs",
  async (_what, change) => {
    for (const hashed of [false, true]) {
      const program = rules.folder.program(`job-${_what}`);
      const other = rules.folder.program(`other-${_what}`);
      appendFileSync(other, "another build");
      const running = sha256Of(program);
      const rule = hashed ? { sha256s: [running] } : { exes: [program] };
      await rules.under({ uids: [UID], ...rule }, async () => {
        await rules.expectAllowed({ program, become: setpriv(UID) });
        const heard = await rules.ask({ program, args: [other], body: change + THEN_ASK });
        if (hashed) expect(heard.payload.toString()).toBe(rules.value);
        else rules.judgeDenied(heard);
      });
    }
  },
);

it("B41: a hash is of the very file: one byte more, and the rule is not for it", async () => {
  const program = rules.folder.program("job");
  const sha256 = sha256Of(program);
  await rules.under({ uids: [UID], sha256s: [sha256] }, async () => {
    await rules.expectAllowed({ program, become: setpriv(UID) });
    appendFileSync(program, "x");
    await rules.expectDenied({ program, become: setpriv(UID) });
  });
});
