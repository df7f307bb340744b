/** Where a link of /proc reads as a path that a rule names, the file behind it decides and not the text. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_240;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "unshare", "mount", "setpriv"));

/** Tells on stderr what the link reads as, then fetches. */
const LOOK_AND_ASK = `print STDERR readlink("/proc/$$/exe"); tell_test(ask(dial()));`;

it("B40: a program that is mounted over the one of a rule is denied, though its link reads like it", async () => {
  const allowed = rules.folder.program("allowed");
  const other = rules.folder.program("other");
  const inside = ["unshare", "--mount", "--propagation", "private", "sh", "-c"];
  const become = [...inside, `mount --bind ${other} ${allowed} && exec "$@"`, "sh", ...setpriv(UID)];
  await rules.under({ uids: [UID], exes: [allowed] }, async () => {
    const heard = await rules.ask({ program: allowed, become, body: LOOK_AND_ASK });
    expect(heard.errors, "the text of the link").toBe(allowed);
    rules.judgeDenied(heard);
    expect(rules.lastFetch()).toMatchObject({
      uid: UID,
      result: "denied",
      exe: allowed,
      note: "exe_mismatch",
    });
    await rules.expectAllowed({ program: allowed, become: setpriv(UID) });
    expect(rules.lastFetch()).not.toHaveProperty("note");
  });
});

it("B40: nor does a hash of the right program help in a mount namespace of one's own, where its libraries may be others", async () => {
  const allowed = rules.folder.program("allowed-by-hash");
  const sha256 = createHash("sha256").update(readFileSync(allowed)).digest("hex");
  await rules.under({ uids: [UID], sha256s: [sha256] }, async () => {
    await rules.expectAllowed({ program: allowed, become: setpriv(UID) });
    await rules.expectDenied({ program: allowed, become: ["unshare", "--mount", "--", ...setpriv(UID)] });
  });
});
