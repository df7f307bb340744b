import { describe, expect, it } from "vitest";
import { outcome } from "../test-support/bytes.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import type { HeaderFields } from "./header.ts";
import { MAX_PASSPHRASE_BYTES, MAX_PAYLOAD_BYTES } from "./limits.ts";
import { decodeRequest, payloadLimit, requestId } from "./requests.ts";
import type { RequestOf, Verb } from "./verbs.ts";

const decode = (fields: HeaderFields) => decodeRequest(decodeHeader(encodeHeader(fields)));
const ask = (verb: string, fields: HeaderFields = {}): string =>
  outcome(() => decode({ v: 1, id: 7, verb, ...fields }));

/** One valid request of each verb, with every field that it may have. */
const VALID: { readonly [V in Verb]: Required<RequestOf<V>> } = {
  status: {},
  init: { recovery: true },
  unlock: { ttlMs: 1, recovery: false, kept: false, acceptRollback: true, upgradeKdf: true },
  auth: { recovery: true },
  lock: {},
  stop: {},
  wait: { timeoutMs: 600_000 },
  get: { name: "db/password", admin: true },
  list: { prefix: "db", all: true, after: "db/password" },
  show: { name: "a" },
  set: { name: "a", attributes: { username: "report" }, ifVersion: 0 },
  rename: { name: "a", to: "b" },
  remove: { name: "a" },
  restore: { name: "a", version: 1 },
  prune: { name: "a", keep: 1 },
  grant: {
    selector: "db/**",
    may: ["get", "set"],
    uids: [0, 4294967294],
    users: [{ name: "report", id: 1001 }],
    gids: [5],
    groups: [{ name: "backup", id: 34 }],
    sids: [{ sid: "S-1-5-18" }, { sid: "S-1-5-21-1-2-3-1001", name: "VM\\batch job" }],
    units: ["backup.service", "system-x\\x2dy@1.service"],
    tokens: ["ci"],
    exes: ["/usr/bin/psql"],
    interpreter: true,
    sha256s: ["0f".repeat(32)],
    ancestors: ["/usr/sbin/cron"],
    windows: ["Mon-Fri 02:00-02:15 Europe/Berlin"],
    rate: { count: 5, perMs: 60_000 },
    once: true,
    expires: 1_800_000_000_000,
  },
  rules: { name: "a", after: "0f" },
  revoke: { rule: "0f" },
  passwd: {},
  slots: {},
  "slot-add": { kind: "recovery", label: "é".repeat(32) },
  "slot-remove": { slot: "0f" },
  "slot-test": { recovery: true, kept: true },
  "token-new": { label: "ci", uid: 1, expires: 2 },
  tokens: { after: "ci" },
  "token-revoke": { label: "ci" },
  explain: {
    name: "a",
    operation: "get",
    pid: 1,
    peer: {
      uid: 1,
      gid: 2,
      groups: [3],
      unit: "backup.service",
      token: "ci",
      exe: "/usr/bin/psql",
      sha256: "0f".repeat(32),
      ancestors: ["/usr/sbin/cron"],
    },
    at: 1,
    after: "0f",
  },
  "audit-check": { checkpoints: [{ head: "0f", mac: "0f" }] },
};
const verbs = Object.entries(VALID) as [Verb, HeaderFields][];

describe("requests", () => {
  it.each(verbs)("%s comes back as it was sent", (verb, fields) => {
    expect(decode({ v: 1, id: 7, verb, ...fields })).toEqual({ id: 7, verb, fields });
  });

  it.each(verbs)("B18: %s refuses an unknown field, and each field as nil", (verb, fields) => {
    expect(ask(verb, { ...fields, extra: 1 })).toBe("bad-request");
    for (const key of Object.keys(fields)) expect(ask(verb, { ...fields, [key]: null })).toBe("bad-request");
  });

  it("B17: fields named as inherited properties are unknown", () => {
    for (const key of ["toString", "hasOwnProperty", "valueOf"])
      expect(ask("status", { [key]: 1 })).toBe("bad-request");
    for (const verb of ["toString", "hasOwnProperty", "constructor", "__proto__"])
      expect(ask(verb)).toBe("bad-request");
    expect(
      outcome(() => decode({ v: 1, id: 7, verb: ["status"] })),
      "no text, but would become it",
    ).toBe("bad-request");
  });

  it("B18: another version is unsupported, another type is bad", () => {
    for (const v of [0, 2, 999, -1])
      expect(outcome(() => decode({ v, id: 1, verb: "status" }))).toBe("unsupported-version");
    for (const v of ["1", null, true, [1], undefined])
      expect(outcome(() => decode({ v, id: 1, verb: "status" }))).toBe("bad-request");
  });

  it("B35: ids are integers from 0 to 2^53-1, and echoed exactly", () => {
    for (const id of [0, 1, 2 ** 32, 2 ** 53 - 1]) expect(decode({ v: 1, id, verb: "status" }).id).toBe(id);
    for (const id of [-1, "1", null, undefined])
      expect(outcome(() => decode({ v: 1, id, verb: "status" }))).toBe("bad-request");
  });

  it("the id can be echoed although the rest is refused", () => {
    expect(requestId(new Map([["id", 5]]))).toBe(5);
    for (const id of [-1, 1.5, "5", null]) expect(requestId(new Map([["id", id]]))).toBeNull();
    expect(requestId(new Map())).toBeNull();
  });

  it("numbers have ranges", () => {
    const out: [Verb, HeaderFields][] = [
      ["unlock", { ttlMs: 0 }],
      ["unlock", { ttlMs: 2 ** 50 }],
      ["wait", { timeoutMs: 0 }],
      ["wait", { timeoutMs: 600_001 }],
      ["set", { name: "a", ifVersion: -1 }],
      ["restore", { name: "a", version: 0 }],
      ["prune", { name: "a", keep: 0 }],
      ["grant", { selector: "a", may: ["get"], uids: [2 ** 32 - 1] }],
      ["grant", { selector: "a", may: ["get"], gids: [-1] }],
      ["grant", { selector: "a", may: ["get"], uids: Array<number>(33).fill(1) }],
      ["grant", { selector: "a", may: ["get", "set", "get"] }],
    ];
    for (const [verb, fields] of out) expect(ask(verb, fields)).toBe("bad-request");
  });

  it.each(["get", "show", "set", "remove"])("B28: %s takes names only", (verb) => {
    for (const name of ["A", "a/../b", "", "a\n", "constructor"])
      expect(ask(verb, { name })).toBe("bad-request");
    expect(ask(verb, { name: 1 })).toBe("bad-request");
    expect(ask(verb)).toBe("bad-request");
  });
});

describe("payload limits", () => {
  it("B5: only a passphrase, a token or a value is taken, and no longer than it may be", () => {
    const value: Verb[] = ["set"];
    const short: Verb[] = ["init", "unlock", "auth", "get", "passwd", "slot-add", "slot-test"];
    for (const [verb] of verbs) {
      const limit = value.includes(verb)
        ? MAX_PAYLOAD_BYTES
        : short.includes(verb)
          ? MAX_PASSPHRASE_BYTES
          : 0;
      expect([verb, payloadLimit(verb)]).toEqual([verb, limit]);
    }
  });
});
