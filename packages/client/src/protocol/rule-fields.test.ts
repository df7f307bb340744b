import { describe, expect, it } from "vitest";
import { outcome } from "../test-support/bytes.ts";
import { decodeFields } from "./fields.ts";
import { MAX_RATE, MAX_RATE_MS } from "./limits.ts";
import { describedPeer, granted } from "./rule-fields.ts";

const FIELDS = { selector: "db/main", may: ["get"] };
const decoded = (fields: Readonly<Record<string, unknown>>): unknown =>
  decodeFields(new Map(Object.entries({ ...FIELDS, ...fields })), granted, { strict: true });
const refuse = (fields: Readonly<Record<string, unknown>>): void =>
  expect(outcome(() => decoded(fields))).toBe("bad-request");
const map = (fields: Readonly<Record<string, unknown>>): Map<string, unknown> =>
  new Map(Object.entries(fields));

describe("fields of a rule", () => {
  it("are taken as they are", () => {
    const fields = {
      uids: [0, 4_294_967_294],
      gids: [7],
      units: ["backup.service"],
      tokens: ["nightly"],
      exes: ["/usr/bin/psql"],
      interpreter: true,
      sha256s: ["0".repeat(64)],
      ancestors: ["/usr/sbin/cron"],
      windows: ["Mon-Fri 02:00-02:15 Europe/Berlin"],
      once: true,
      expires: 1,
    };
    expect(decoded(fields)).toEqual({ ...FIELDS, ...fields });
    expect(
      decoded({ users: [map({ name: "alice", id: 1000 })], rate: map({ count: 5, perMs: 60_000 }) }),
    ).toEqual({ ...FIELDS, users: [{ name: "alice", id: 1000 }], rate: { count: 5, perMs: 60_000 } });
  });

  it.each(["db*", "*", "d/*/x", "**", "db/***", "DB/**", "db/**/x", ""])(
    "B57: no rule is for the selector %j",
    (selector) => {
      refuse({ selector });
    },
  );

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["a uid as text", { uids: ["1000"] }],
    ["a uid that is none", { uids: [4_294_967_295] }],
    ["a negative uid", { uids: [-1] }],
    ["half a uid", { uids: [0.5] }],
    ["one uid without a list", { uids: 1000 }],
    ["33 uids", { uids: Array.from({ length: 33 }, (_, i) => i) }],
    ["a name alone", { users: ["alice"] }],
    ["an unknown name, which has no id", { users: [map({ name: "alice" })] }],
    ["an id as text", { users: [map({ name: "alice", id: "1000" })] }],
    ["a number as name", { users: [map({ name: "1000", id: 1000 })] }],
    ["a group with a number as name", { groups: [map({ name: "50", id: 50 })] }],
    ["an empty name", { users: [map({ name: "", id: 1000 })] }],
    ["more than name and id", { users: [map({ name: "alice", id: 1000, uid: 0 })] }],
  ])("B58: %s is refused", (_what, fields) => {
    refuse(fields);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["a unit without its suffix", { units: ["backup"] }],
    ["a label of two segments", { tokens: ["a/b"] }],
    ["a relative path", { exes: ["bin/x"] }],
    ["a path with a detour", { exes: ["/usr/bin/../bin/x"] }],
    ["a path with a dot", { exes: ["/usr/./bin/x"] }],
    ["a path that ends in a detour", { exes: ["/usr/bin/.."] }],
    ["a path that ends in a dot", { exes: ["/usr/bin/."] }],
    ["a path with two slashes", { ancestors: ["/usr//bin/x"] }],
    ["a path with a slash at its end", { ancestors: ["/usr/bin/"] }],
    ["a hash in capitals", { sha256s: ["A".repeat(64)] }],
    ["a short hash", { sha256s: ["a".repeat(63)] }],
    ["a hash with more before it", { sha256s: ["0x" + "a".repeat(64)] }],
    ["a long hash", { sha256s: ["a".repeat(65)] }],
    ["a window without a zone", { windows: ["02:00-02:15"] }],
    ["no fetch at all", { rate: map({ count: 0, perMs: 60_000 }) }],
    ["too many fetches", { rate: map({ count: MAX_RATE + 1, perMs: 60_000 }) }],
    ["a rate in less than a second", { rate: map({ count: 1, perMs: 999 }) }],
    ["a rate in more than a year", { rate: map({ count: 1, perMs: MAX_RATE_MS + 1 }) }],
    ["a rate without a time", { rate: map({ count: 1 }) }],
    ["once, as text", { once: "true" }],
    ["an end as text", { expires: "2026-11-24T08:00:00Z" }],
    ["an end before 1970", { expires: -1 }],
    ["an unknown operation", { may: ["delete"] }],
    ["an unknown field", { deny: true }],
  ])("%s is refused", (_what, fields) => {
    refuse(fields);
  });
});

describe("a described peer", () => {
  it("has ids and groups, and what else is known of it", () => {
    const peer = {
      uid: 1000,
      gid: 1000,
      groups: [4],
      unit: "a.service",
      token: "t",
      exe: "/x",
      ancestors: ["/y"],
    };
    expect(describedPeer(map(peer))).toEqual(peer);
    for (const wrong of [{ uid: "1000" }, { groups: 4 }, { unit: "a" }, { token: "A" }, { other: 1 }])
      expect(outcome(() => describedPeer(map({ ...peer, ...wrong })))).toBe("bad-request");
  });
});
