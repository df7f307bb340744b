import { describe, expect, it } from "vitest";
import { outcome } from "../test-support/bytes.ts";
import type { HeaderFields } from "./header.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import { decodeReply, replyPayloadLimit } from "./replies.ts";
import type { ReplyOf, Verb } from "./verbs.ts";

const decode = (verb: Verb, fields: HeaderFields) => decodeReply(verb, decodeHeader(encodeHeader(fields)));
const judge = (verb: Verb, fields: HeaderFields): string => outcome(() => decode(verb, fields));

const rule = {
  id: "0f",
  selector: "db/**",
  may: ["get"],
  uids: [1],
  users: [{ name: "report", id: 1001 }],
  gids: [2],
  groups: [{ name: "backup", id: 34 }],
  units: ["backup.service"],
  tokens: ["ci"],
  exes: ["/usr/bin/psql"],
  interpreter: true,
  sha256s: ["0f".repeat(32)],
  ancestors: ["/usr/sbin/cron"],
  windows: ["Mon-Fri 02:00-02:15 Europe/Berlin"],
  rate: { count: 5, perMs: 60_000 },
  once: true,
  expires: 1_800_000_000_000,
  used: 1_700_000_000_000,
} as const;
const slot = { id: "0f", kind: "passphrase", label: "on call", kdfMemoryKib: 262144, kdfPasses: 3 } as const;

/** One valid reply of each verb, with every field that it may have. */
const VALID: { readonly [V in Verb]: Required<ReplyOf<V>> } = {
  status: {
    state: "unlocked",
    pid: 1,
    version: "0.1.0",
    protocol: 1,
    memory: "secret",
    uptimeSeconds: 0,
    vaultId: "0f",
    generation: 3,
    secrets: 0,
    rules: 0,
    unlockedAt: 1_700_000_000_000,
    unlockedByUid: 0,
    unlockedBySid: "S-1-5-18",
    locksAt: null,
    audit: "ok",
    durability: "known",
  },
  init: { durable: true, slot: "0f" },
  unlock: { warnings: ["kdf-upgraded", "last-seen-missing"] },
  auth: { slot: "0f" },
  lock: {},
  stop: {},
  wait: { state: "locked" },
  get: { attributes: { username: "report" }, version: 1 },
  list: { names: ["a", "b/c"], more: true },
  show: {
    attributes: {},
    versions: [{ version: 2, created: 1, size: 0 }],
    totalVersions: 2,
    lastFetch: { time: 1, uid: 2, pid: 3, rule: "0f" },
  },
  set: { durable: false, version: 2 },
  rename: { durable: true },
  remove: { durable: true },
  restore: { durable: true, version: 3 },
  prune: { durable: true, removed: 0 },
  grant: { durable: true, rule: "0f" },
  rules: { rules: [rule], more: false },
  revoke: { durable: true },
  passwd: { durable: true },
  slots: { slots: [slot] },
  "slot-add": { durable: true, slot: "0f" },
  "token-new": { durable: true },
  tokens: { tokens: [{ label: "ci", created: 1, uid: 2, expires: 3 }], more: false },
  "token-revoke": { durable: true },
  explain: {
    decision: "rate-limited",
    exists: true,
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
    rules: [{ rule: "0f", failed: "rate" }],
    more: false,
  },
  "audit-check": { key: "0f", good: [true] },
  "slot-remove": { durable: true },
  "slot-test": { slot: "0f" },
};
const replies = Object.entries(VALID) as [Verb, HeaderFields][];

describe("replies", () => {
  it.each(replies)("%s comes back as it was sent", (verb, fields) => {
    expect(decode(verb, { id: 7, ok: true, ...fields })).toEqual({ id: 7, ok: true, fields });
  });

  it.each(replies)("B21: %s refuses each field of another type", (verb, fields) => {
    for (const key of Object.keys(fields))
      expect(judge(verb, { id: 7, ok: true, ...fields, [key]: { odd: [] } })).toBe("bad-request");
  });

  it("a field that this version does not know is passed over", () => {
    expect(decode("lock", { id: 7, ok: true, later: [1] })).toEqual({ id: 7, ok: true, fields: {} });
  });

  it("a missing field is refused", () => {
    expect(judge("get", { id: 7, ok: true, version: 1 })).toBe("bad-request");
    expect(judge("wait", { id: 7, ok: true })).toBe("bad-request");
  });

  it("B21: `ok` is a boolean, and an id an integer or nil", () => {
    for (const ok of [1, "true", null, undefined]) expect(judge("lock", { id: 7, ok })).toBe("bad-frame");
    for (const id of [-1, "7", undefined]) expect(judge("lock", { id, ok: true })).toBe("bad-request");
  });
});

describe("error replies", () => {
  it("carry a code of the closed set, and details that are numbers or constants", () => {
    const fields = {
      id: 7,
      ok: false,
      error: "throttled",
      retryAfterMs: 500,
      reason: "kdf",
      needsVersion: 2,
      supported: [1],
    };
    expect(decode("unlock", fields)).toEqual({
      id: 7,
      ok: false,
      error: "throttled",
      details: { retryAfterMs: 500, reason: "kdf", needsVersion: 2, supported: [1] },
    });
  });

  it("may answer nobody in particular", () => {
    expect(decode("get", { id: null, ok: false, error: "busy" })).toMatchObject({ id: null, error: "busy" });
  });

  it("tell in `ok` that they are one", () => {
    for (const ok of [1, "false", null, undefined])
      expect(judge("lock", { id: 7, ok, error: "denied" })).toBe("bad-frame");
  });

  it("may hold more than this version knows, which is passed over", () => {
    const reply = decode("get", { id: 7, ok: false, error: "denied", later: [1] });
    expect(reply).toEqual({ id: 7, ok: false, error: "denied", details: {} });
  });

  it.each(["nonsense", "unreachable", "toString", "", 1, null, undefined, ["denied"]])(
    "B21: the code %j is refused",
    (error) => {
      expect(judge("get", { id: 7, ok: false, error })).toBe("bad-frame");
    },
  );

  it("B21: details of other types are refused: nothing free can be smuggled into a message", () => {
    const error = { id: 7, ok: false, error: "vault-damaged" };
    for (const details of [
      { reason: "because" },
      { retryAfterMs: "1" },
      { supported: ["x"] },
      { needsVersion: -1 },
    ])
      expect(judge("unlock", { ...error, ...details })).toBe("bad-request");
  });
});

describe("payloads of replies", () => {
  it("are a value or a recovery code, else there is none", () => {
    const limits = replies
      .map(([verb]) => [verb, replyPayloadLimit(verb)] as const)
      .filter(([, limit]) => limit > 0);
    expect(Object.fromEntries(limits)).toEqual({
      "token-new": 43,
      get: 1_048_576,
      init: 1_024,
      "slot-add": 1_024,
    });
  });
});
