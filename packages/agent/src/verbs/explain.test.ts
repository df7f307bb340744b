import type { DescribedPeer, HeaderFields, Operation, ReplyOf, RequestOf } from "@sotto/client/protocol";
import { decodeHeader, decodeReply, encodeHeader } from "@sotto/client/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FactCollector } from "../access/fact-collector.ts";
import type { Decision } from "../access/decide.ts";
import type { Judges, Wish } from "../access/permission.ts";
import { permission } from "../access/permission.ts";
import type { ProgramHashes } from "../access/program-hashes.ts";
import type { Rule } from "../access/rule.ts";
import { UsageLog } from "../access/usage.ts";
import type { Agent } from "../agent.ts";
import type { FactKind, PeerHandle, Platform, ProcessFacts } from "../platform/index.ts";
import type { Contents, Token } from "../vault/contents.ts";
import { explain } from "./explain.ts";
import type { Call } from "./handler.ts";

/** Programs that only root can change; other paths mean nothing to a rule. */
const PROGRAMS = ["/usr/bin/dump", "/usr/sbin/cron", "/usr/bin/python"];
const PATHS = [...PROGRAMS, "/home/x/dump"];
const SHAS = ["a".repeat(64), "b".repeat(64)];
const LABELS = ["nightly", "weekly", "bound", "over", "none"];
const TOKENS: readonly Token[] = [
  { label: "nightly", created: 0, hash: Buffer.alloc(32) },
  { label: "weekly", created: 0, hash: Buffer.alloc(32) },
  { label: "bound", created: 0, uid: 1, hash: Buffer.alloc(32) },
  { label: "over", created: 0, expires: 1, hash: Buffer.alloc(32) },
];
const decisionOn = async (judges: Judges, rules: readonly Rule[], wish: Wish): Promise<Decision> => {
  const contents: Contents = { secrets: new Map(), rules, tokens: [] };
  return permission(judges, { contents: () => contents, wish: () => wish }, (decision) => decision);
};
const fileAt = (path: string): string => `1:${path}`;

/** A process that is as described, and that the agent looks at: it tells what it is asked for, and no more. */
function processLike(peer: DescribedPeer, pid = 7): PeerHandle & { released: number } {
  const all: ProcessFacts = {
    ...(peer.unit !== undefined && { unit: peer.unit }),
    ...(peer.exe !== undefined && { exe: fileAt(peer.exe) }),
    ...(peer.ancestors && { ancestors: peer.ancestors.map(fileAt) }),
  };
  const handle = {
    pid,
    uid: peer.uid,
    gid: peer.gid,
    groups: peer.groups,
    released: 0,
    isAlive: () => true,
    inspect: (kinds: ReadonlySet<FactKind>) =>
      Object.fromEntries(Object.entries(all).filter(([kind]) => kinds.has(kind as FactKind))) as ProcessFacts,
    describe: () => ({ ...(peer.exe !== undefined && { exe: peer.exe }) }),
    uidNow: () => undefined,
    openProgram: () => undefined,
    release: () => {
      handle.released++;
    },
  };
  return handle;
}

interface World {
  readonly agent: Agent;
  readonly judges: Judges;
}

/** The parts of an agent that a decision is made of; `peer` runs as process 7. */
function world(
  rules: readonly Rule[],
  peer: PeerHandle,
  sha256?: string,
  secrets: readonly string[] = [],
): World {
  const platform = {
    programAt: (path: string) => (PROGRAMS.includes(path) ? fileAt(path) : undefined),
    processOf: (pid: number) => (pid === peer.pid ? peer : undefined),
  } as unknown as Platform;
  const hashes = {
    of: ({ pid }: PeerHandle) => (pid === peer.pid ? Promise.resolve(sha256) : undefined),
  } as unknown as ProgramHashes;
  const judges = { facts: new FactCollector(platform, hashes), usage: new UsageLog(() => 0) };
  const contents = { rules, tokens: TOKENS, secrets: new Map(secrets.map((name) => [name, {}])) };
  return { judges, agent: { platform, judges, state: { vault: { contents } } } as unknown as Agent };
}

async function ask(agent: Agent, fields: RequestOf<"explain">): Promise<ReplyOf<"explain">> {
  return (await explain(agent, { fields } as unknown as Call<"explain">)).fields;
}

const some = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined, freq: 2 });
const ID = fc.constantFrom(0, 1, 2, 65_534);
const LITTLE = [0, 1, 2, 65_534];
const someRule = fc.record(
  {
    id: fc.uuid(),
    selector: fc.constantFrom("a", "a/**", "a/b", "c"),
    may: fc.subarray(["get", "set"] as const, { minLength: 1 }),
    created: fc.constant(0),
    uids: some(LITTLE),
    users: some(LITTLE.map((id) => ({ name: `u${id}`, id }))),
    gids: some(LITTLE),
    groups: some(LITTLE.map((id) => ({ name: `g${id}`, id }))),
    units: some(["backup.service", "cron.service"]),
    tokens: some(LABELS),
    exes: some(PATHS),
    sha256s: some(SHAS),
    ancestors: some(PATHS),
    windows: some(["00:00-24:00 UTC", "Mon 03:00-04:00 UTC", "22:00-02:00 Europe/Berlin"]),
    rate: fc.constantFrom(undefined, { count: 1, perMs: 1000 }, { count: 2, perMs: 60_000 }),
    once: fc.constantFrom(undefined, true),
    used: fc.constantFrom(undefined, undefined, 5),
    expires: fc.constantFrom(undefined, 1, 253_402_300_799_999),
  },
  { requiredKeys: ["id", "selector", "may", "created"] },
) as fc.Arbitrary<Rule>;
const somePeer = fc.record(
  {
    uid: ID,
    gid: ID,
    groups: fc.subarray(LITTLE),
    unit: fc.constantFrom("backup.service", "cron.service"),
    token: fc.constantFrom(...LABELS),
    exe: fc.constantFrom(...PATHS),
    sha256: fc.constantFrom(...SHAS),
    ancestors: fc.subarray(PATHS),
  },
  { requiredKeys: ["uid", "gid", "groups"] },
) as fc.Arbitrary<DescribedPeer>;

/** What the token of a request counts as: by the same rules, written down a second time. */
const goodLabel = ({ uid, token }: DescribedPeer): string | undefined =>
  token === "nightly" || token === "weekly" || (token === "bound" && uid === 1) ? token : undefined;

describe("explain, for any rules and peers", () => {
  it("B65: comes to the decision of the request itself, for a description and for a process", async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(someRule, { maxLength: 8 }),
        somePeer,
        fc.constantFrom("a", "a/b", "a/b/c", "d"),
        fc.constantFrom<Operation>("get", "set"),
        fc.nat({ max: 3 }),
        async (rules, peer, name, operation, earlier) => {
          const running = processLike(peer);
          const { agent, judges } = world(rules, running, peer.sha256);
          const token = operation === "get" ? goodLabel(peer) : undefined;
          const wish = { peer: running, operation, name, ...(token !== undefined && { token }) };
          for (let i = 0; i < earlier; i++) {
            const before = await decisionOn(judges, rules, wish);
            if (before.kind === "allowed") judges.usage.use(before.rule, peer.uid);
          }
          const live = await decisionOn(judges, rules, wish);
          const told = await ask(agent, { name, operation, peer });
          const kind = peer.uid === 65_534 ? "denied" : live.kind;
          met.add(kind);
          expect(told.decision).toBe(kind);
          expect(await ask(agent, { name, operation, peer }), "nothing was used up").toEqual(told);
          const passing = told.rules.filter(({ failed }) => failed === null).map(({ rule }) => rule);
          expect(passing.length > 0).toBe(kind === "allowed");
          if (kind === "allowed" && live.kind === "allowed") expect(passing).toContain(live.rule.id);
          if (peer.token !== undefined) return;
          const seen = await ask(agent, { name, operation, pid: running.pid });
          expect(seen.decision).toBe(kind);
          expect(seen.rules).toEqual(told.rules);
          expect(running.released).toBe(1);
        },
      ),
      { numRuns: 1_000 },
    );
    expect([...met].sort()).toEqual(["allowed", "denied", "rate-limited"]);
  });
});

const rule = (parts: Partial<Rule>): Rule => ({
  id: "r1",
  selector: "a",
  may: ["get"],
  created: 0,
  uids: [1],
  ...parts,
});
const ALICE: DescribedPeer = { uid: 1, gid: 1, groups: [] };
const QUESTION = { name: "a", operation: "get" } as const;

describe("explain", () => {
  it("wants a process or a description, and not both", async () => {
    const { agent } = world([], processLike(ALICE));
    await expect(ask(agent, QUESTION)).rejects.toMatchObject({ code: "bad-request" });
    await expect(ask(agent, { ...QUESTION, pid: 7, peer: ALICE })).rejects.toMatchObject({
      code: "bad-request",
    });
    await expect(ask(agent, { ...QUESTION, pid: 8 })).rejects.toMatchObject({ code: "not-found" });
  });

  it("names every rule that concerns the secret, by id, with the first condition that fails", async () => {
    const rules = [
      rule({ id: "c", uids: [2], once: true, used: 1 }),
      rule({ id: "b", selector: "b" }),
      rule({ id: "a" }),
    ];
    const { agent } = world(rules, processLike(ALICE), undefined, ["a"]);
    const reply = await ask(agent, { ...QUESTION, peer: ALICE });
    expect(reply.rules).toEqual([
      { rule: "a", failed: null },
      { rule: "c", failed: "uid" },
    ]);
    expect(reply).toMatchObject({ decision: "allowed", exists: true, more: false });
    expect((await ask(agent, { ...QUESTION, name: "b", peer: ALICE })).exists).toBe(false);
  });

  it("answers for another time, yet with the uses of now", async () => {
    const rules = [rule({ expires: 2_000 })];
    const { agent } = world(rules, processLike(ALICE));
    const at = (time: number) => ask(agent, { ...QUESTION, peer: ALICE, at: time });
    expect((await at(1_999)).decision).toBe("allowed");
    expect((await at(2_000)).rules).toEqual([{ rule: "r1", failed: "expires" }]);
  });

  it("B63: a token counts at the time and for the uid that it is good for", async () => {
    const { agent } = world([rule({ uids: [1, 2], tokens: ["bound", "over"] })], processLike(ALICE));
    const decision = async (peer: DescribedPeer, at = 10): Promise<string> => {
      const reply = await ask(agent, { ...QUESTION, peer, at });
      expect(reply.peer.token !== undefined).toBe(reply.decision === "allowed");
      return reply.decision;
    };
    expect(await decision({ ...ALICE, token: "bound" })).toBe("allowed");
    expect(await decision({ ...ALICE, uid: 2, token: "bound" })).toBe("denied");
    expect(await decision({ ...ALICE, token: "over" })).toBe("denied");
    expect(await decision({ ...ALICE, token: "over" }, 0)).toBe("allowed");
    expect(await decision({ ...ALICE, token: "no-such" })).toBe("denied");
  });

  it("gives pages that fit a reply and lead to every rule, whatever the peer", async () => {
    const rules = Array.from({ length: 1_000 }, (_, i) =>
      rule({ id: String(i).padStart(16, "0"), uids: [2] }),
    );
    const groups = Array.from({ length: 1_024 }, (_, i) => 70_000 + i);
    const { agent } = world(rules, processLike({ ...ALICE, groups, exe: `/${"x".repeat(4_000)}\n` }));
    for (const whom of [{ pid: 7 }, { peer: { ...ALICE, groups } }]) {
      const seen: string[] = [];
      for (let more = true; more;) {
        const after = seen.at(-1);
        const reply = await ask(agent, { ...QUESTION, ...whom, ...(after !== undefined && { after }) });
        const header = encodeHeader({ id: 1, ok: true, ...reply } as unknown as HeaderFields);
        expect(decodeReply("explain", decodeHeader(header)).ok).toBe(true);
        seen.push(...reply.rules.map((one) => one.rule));
        more = reply.more;
      }
      expect(seen).toEqual(rules.map(({ id }) => id));
    }
  });

  it("refuses a description that no reply could carry back", async () => {
    const { agent } = world([], processLike(ALICE));
    const ancestors = Array.from({ length: 8 }, () => `/${"x".repeat(1_000)}`);
    await expect(ask(agent, { ...QUESTION, peer: { ...ALICE, ancestors } })).rejects.toMatchObject({
      code: "bad-request",
    });
  });
});
