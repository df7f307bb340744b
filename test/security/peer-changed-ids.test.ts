/** Who connected is who is judged, whoever the process or the holder of the connection has become since. */
import { beforeEach, expect, it } from "vitest";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_250;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

const DROP = `$) = "${String(UID)} ${String(UID)}"; $( = ${String(UID)}; $< = ${String(UID)}; $> = ${String(UID)};`;
const CONNECT_AND_DROP = `my $socket = dial(); ${DROP} die if $> == 0; tell_test(ask($socket));`;

/** Hands the connection to another program of another user: its own script once more, which finds the descriptor. */
const CONNECT_AND_HAND_ON = `
  if (@ARGV) { open(my $socket, "+<&=", $ARGV[0]) or die $!; die if $> == 0; tell_test(ask($socket)); exit(0) }
  my $socket = dial();
  open(my $file, "<", "/proc/$$/cmdline"); local $/; my @own = split(/\\0/, <$file>);
  exec("setpriv", "--reuid", ${String(UID)}, "--regid", ${String(UID)}, "--clear-groups", "--", @own, fileno($socket));`;

it.each([
  ["drops its rights", CONNECT_AND_DROP],
  ["hands the connection on by exec", CONNECT_AND_HAND_ON],
])("B50: root connects and %s: it is judged as root, and both are on record", async (_what, body) => {
  await rules.under({ uids: [0] }, () => rules.expectAllowed({ program: "perl", body }));
  expect(rules.lastFetch()).toMatchObject({ uid: 0, gid: 0, uidNow: UID, result: "allowed" });
  await rules.under({ uids: [UID] }, () => rules.expectDenied({ program: "perl", body }));
  expect(rules.lastFetch()).toMatchObject({ uid: 0, uidNow: UID, result: "denied" });
});

it("B50: who changed nothing is on record once", async () => {
  await rules.under({ uids: [UID] }, () =>
    rules.expectAllowed({ program: "perl", body: `${DROP} tell_test(ask(dial()));` }),
  );
  expect(rules.lastFetch()).toMatchObject({ uid: UID, gid: UID });
  expect(rules.lastFetch()).not.toHaveProperty("uidNow");
});
