import type { Condition, RuleInfo } from "@sotto/client/protocol";
import { CONDITIONS } from "@sotto/client/protocol";
import { describe, expect, test } from "vitest";
import { conditionsText } from "./conditions.ts";
import type { Judged } from "./explanation.ts";
import { decisionText, verdictText } from "./explanation.ts";
import { renamedIds } from "./renamed-ids.ts";
import { ruleDocument, ruleLines } from "./rules.ts";

const SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const EXPIRES = Date.UTC(2027, 0, 1);
/** A rule with every condition that there is. */
const FULL: RuleInfo = {
  id: "0f1e",
  selector: "db/**",
  may: ["get"],
  uids: [1000, 1001],
  users: [{ name: "alice", id: 1000 }],
  gids: [34],
  groups: [{ name: "backup", id: 34 }],
  units: ["backup.service"],
  tokens: ["nightly"],
  exes: ["/usr/bin/dump"],
  interpreter: true,
  sha256s: [SHA],
  ancestors: ["/usr/sbin/cron"],
  windows: ["Mon-Fri 02:00-02:15 Europe/Berlin"],
  rate: { count: 5, perMs: 5_400_000 },
  once: true,
  expires: EXPIRES,
};
const LIVE: Judged = {
  peer: { uid: 7, gid: 7, groups: [8], unit: "cron.service", exe: "/usr/bin/sh", sha256: "ab" },
  live: true,
  time: Date.UTC(2026, 10, 24, 8, 5),
};
const DESCRIBED: Judged = { peer: { uid: 7, gid: 0xffff_ffff, groups: [] }, live: false, time: LIVE.time };
const verdict = (failed: Condition | null) => ({ rule: "0f1e", failed });
const said = (failed: Condition | null, judged: Judged, rule: RuleInfo | undefined = FULL): string =>
  verdictText(verdict(failed), rule, judged);

describe("the first condition that fails", () => {
  test.each([
    ["operation", "it permits get only", "it permits get only"],
    ["uid", "uid is not 1000 or 1001 (it is 7)", "uid is not 1000 or 1001 (it is 7)"],
    ["user", "user is not alice (1000) (the uid is 7)", "user is not alice (1000) (the uid is 7)"],
    ["gid", "it is not in gid 34 (it is in 7, 8)", "it is not in gid 34 (it is in none that is known)"],
    ["group", "it is not in group backup (34) (it is in 7, 8)", "none that is known"],
    ["token", "token is not nightly (a process is judged as if it sent none)", "(none was given)"],
    ["unit", "unit is not backup.service (the process is in cron.service)", "(none was given)"],
    [
      "exe",
      "program is not /usr/bin/dump (it is /usr/bin/sh)",
      "program is not /usr/bin/dump (none was given)",
    ],
    ["sha256", `sha256 of the program is not ${SHA} (it is ab)`, `${SHA} (it is not known)`],
    ["ancestor", "it was not started below /usr/sbin/cron", "(no ancestors were given)"],
    [
      "window",
      "is not within Mon-Fri 02:00-02:15 Europe/Berlin (it is Tue 09:05 Europe/Berlin)",
      "Tue 09:05",
    ],
    ["rate", "its rate is used up for uid 7 (5 in 1h 30m)", "used up for uid 7"],
    ["once", "it was for one fetch, which is being made this moment", "one fetch"],
    ["expires", "it expired 2027-01-01T", "it expired 2027-01-01T"],
  ] as const)("%s: what the rule wants, and what there is", (failed, live, described) => {
    expect(said(failed, LIVE)).toContain(live);
    expect(said(failed, DESCRIBED)).toContain(described);
  });

  test("all conditions have words, in one line without a full stop", () => {
    for (const failed of CONDITIONS) expect(said(failed, LIVE)).toMatch(/^[a-z].*[^.]$/);
    expect(said(null, LIVE)).toBe("allows it");
  });

  test("what has been used up says when", () => {
    expect(said("once", LIVE, { ...FULL, used: EXPIRES })).toMatch(/and was used up 202[67]-\d\d-\d\dT/);
  });

  test("a program of the right path that is not the right file", () => {
    const judged = { ...LIVE, peer: { ...LIVE.peer, exe: "/usr/bin/dump" } };
    expect(said("exe", judged)).toContain("the path is the same, but the file is another");
  });

  test("B63: a token that does not count", () => {
    expect(said("token", { ...DESCRIBED, token: "weekly" })).toContain(
      "weekly does not exist, or is not good for uid 7",
    );
    const counted = { ...DESCRIBED.peer, token: "weekly" };
    expect(said("token", { ...DESCRIBED, token: "weekly", peer: counted })).toContain("(it is weekly)");
  });

  test("a rule that was changed meanwhile still has its condition named", () => {
    expect(verdictText(verdict("uid"), undefined, LIVE)).toBe("uid does not hold");
  });

  test("B38: nobody", () => {
    expect(said("uid", { ...LIVE, peer: { ...LIVE.peer, uid: 65_534 } })).toBe("never for uid 65534");
  });
});

describe("the decision in one line", () => {
  const here = { missing: false, uid: 7 };
  const missing = { missing: true, uid: 7 };
  test.each([
    ["allowed", [null], here, "allowed by rule 0f1e"],
    ["allowed", [null, "uid", null], here, "allowed by rules 0f1e and 0f1e"],
    ["denied", [], here, "denied: no rule names it"],
    ["denied", ["uid"], here, "denied: 1 rule names it, and does not allow it"],
    ["denied", ["uid", "unit"], here, "denied: 2 rules name it, none allows it"],
    ["rate-limited", ["rate", "uid"], here, "rate limited: rule 0f1e would allow it, but not so soon again"],
    ["allowed", [null], missing, "denied: there is no such secret; with one the rules would let it pass"],
    ["denied", [], missing, "denied: no rule names it; and there is no such secret"],
    [
      "denied",
      [],
      { missing: false, uid: 65_534 },
      "denied: uid 65534 is refused as it connects, whatever the rules say",
    ],
  ] as const)("%s", (decision, failed, more, text) => {
    expect(decisionText(decision, failed.map(verdict), more)).toBe(text);
  });
});

describe("a rule in words", () => {
  test("has every condition in it", () => {
    const text = conditionsText(FULL);
    for (const part of [
      "user alice (1000) and uid 1000 or 1001 and group backup (34) and gid 34 and unit backup.service and token nightly",
      "program /usr/bin/dump",
      `program of sha256 ${SHA}`,
      "started below /usr/sbin/cron",
      "at Mon-Fri 02:00-02:15 Europe/Berlin",
      "at most 5 in 1h 30m",
      "for one fetch",
      "until 2027-01-01T",
      "interpreters allowed",
    ])
      expect(text).toContain(part);
  });

  test("says when it is over", () => {
    expect(ruleLines([{ ...FULL, expires: Date.now() + 60_000 }])).not.toContain("[");
    expect(ruleLines([{ ...FULL, expires: Date.now() }])).toMatch(/ \[expired\]$/);
    expect(ruleLines([{ ...FULL, used: EXPIRES }])).toMatch(/ \[used up 202[67]-.*\]$/);
  });

  test("is in JSON as on the wire, with times in RFC 3339", () => {
    const document = JSON.parse(JSON.stringify(ruleDocument({ ...FULL, used: EXPIRES }))) as Record<
      string,
      unknown
    >;
    expect({ ...document, expires: 0, used: 0 }).toEqual({ ...FULL, expires: 0, used: 0 });
    for (const key of ["expires", "used"]) expect(Date.parse(String(document[key]))).toBe(EXPIRES);
  });
});

test("B58: names that have another id now, or none, are told, with who has the id", async () => {
  const named = (name: string, id: number): RuleInfo => ({
    id: "0f1e",
    selector: "a",
    may: ["get"],
    users: [{ name, id }],
  });
  const group: RuleInfo = {
    id: "1a",
    selector: "a",
    may: ["get"],
    groups: [
      { name: "root", id: 0 },
      { name: "no-such-group-here", id: 0 },
    ],
  };
  expect(await renamedIds([named("root", 0)])).toEqual([]);
  expect(await renamedIds([named("root", 4_000_000_001), named("no-such-user-here", 0), group])).toEqual([
    "rule 0f1e: user root had uid 4000000001 when the rule was made, and has 0 now; the uid decides, and it belongs to nobody today",
    "rule 0f1e: user no-such-user-here had uid 0 when the rule was made, and does not exist any more; the uid decides, and it belongs to user root today",
    "rule 1a: group no-such-group-here had gid 0 when the rule was made, and does not exist any more; the gid decides, and it belongs to group root today",
  ]);
});
