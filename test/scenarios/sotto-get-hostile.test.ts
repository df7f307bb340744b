/** An agent that answers nonsense, late, in pieces or not at all: `sotto-get` and `agent get` take it alike. */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { frameOf } from "../../packages/client/src/test-support/bytes.ts";
import { failure, FakeAgent, reply, value } from "../../packages/client/src/test-support/fake-agent.ts";
import { canary, good, header, NONSENSE, payload } from "../../packages/client/src/test-support/nonsense.ts";
import {
  needsCompiler,
  needsSanitizers,
  removeBuilds,
  runBoth,
  sanitized,
  sottoGet,
} from "../support/native.ts";
import { needsPrograms } from "../support/requirements.ts";

removeBuilds();
beforeEach(needsCompiler);

/** 3 s by itself; the suite shares two cores with others. */
const SOON_MS = 15_000;
const whole = frameOf(header(good), payload);

/** What the agent of this moment does with a request. */
let misbehave: (peer: Socket, verb: string) => unknown = () => undefined;
let agent: FakeAgent;
beforeAll(async () => {
  agent = await FakeAgent.start(({ verb }, peer) => void misbehave(peer, verb));
});
afterAll(() => agent[Symbol.asyncDispose]());

interface End {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The programs that are tried. */
const programs = [
  { what: "sotto-get", path: sottoGet, needs: needsCompiler },
  {
    what: "sotto-get with sanitizers, and a look at what it leaves behind",
    path: sanitized,
    needs: needsSanitizers,
  },
];

/** Both must end alike, and tell nothing of what they received unless it is the answer. */
async function alike(path: string, args: readonly string[] = [], socket = agent.socket): Promise<End> {
  const began = performance.now();
  const { node, native } = await runBoth(["a/b", "--socket", socket, ...args], { program: path });
  expect(performance.now() - began, "milliseconds").toBeLessThan(SOON_MS);
  const end = (one: typeof node): End => ({
    status: one.status,
    stdout: one.stdout.toString(),
    stderr: one.stderr,
  });
  expect(end(native)).toEqual(end(node));
  expect(native.stderr).not.toContain(canary);
  if (native.status !== 0) expect(native.stdout.toString()).toBe("");
  return end(native);
}

describe.each(programs)("B21: $what", ({ path, needs }) => {
  beforeEach(needs);

  it.each(NONSENSE)("%s: exit 1, and nothing of it is told", async (_what, bytes) => {
    misbehave = (peer) => peer.write(bytes);
    expect((await alike(path())).status).toBe(1);
  });

  it("every failure that an agent may answer", async () => {
    for (const bytes of [
      ...[
        "bad-frame",
        "too-large",
        "bad-request",
        "unsupported-version",
        "not-found",
        "conflict",
        "throttled",
      ],
      ...[
        "wrong-passphrase",
        "auth-required",
        "rollback",
        "weak-kdf",
        "save-failed",
        "audit-failed",
        "internal",
      ],
    ].map((code) => failure(1, code))) {
      misbehave = (peer) => peer.write(bytes);
      expect((await alike(path())).status).toBeGreaterThan(0);
    }
    misbehave = (peer) => peer.write(failure(null, "rate-limited", { retryAfterMs: 61_001 }));
    expect((await alike(path())).stderr).toContain("try again in 62 s");
    misbehave = (peer) => peer.write(failure(1, "vault-damaged", { reason: "version", needsVersion: 7 }));
    expect((await alike(path(), ["--quiet"])).stderr).toContain("needs version 7");
  });

  it("an answer that is cut off anywhere, or goes on", async () => {
    for (const length of [0, 1, 7, 8, 9, 20, whole.length - payload.length, whole.length - 1]) {
      misbehave = (peer) => peer.end(whole.subarray(0, length));
      expect([length, (await alike(path())).status]).toEqual([length, 5]);
    }
    for (const more of [Buffer.from("more"), whole, Buffer.alloc(100_000, canary)]) {
      misbehave = (peer) => peer.end(Buffer.concat([whole, more]));
      expect(await alike(path())).toEqual({ status: 0, stdout: canary, stderr: "" });
    }
  });

  it("an answer that comes a byte at a time", async () => {
    misbehave = async (peer) => {
      for (const byte of whole) {
        peer.write(Buffer.from([byte]));
        await nextTurn();
      }
    };
    expect(await alike(path())).toEqual({ status: 0, stdout: canary, stderr: "" });
  });

  it("B119: silence, a header without end, a value without end: exit 5 in time", async () => {
    const drip = async (peer: Socket): Promise<void> => {
      for (let i = 0; i < 60 && !peer.destroyed; i++) {
        peer.write(whole.subarray(i, i + 1));
        await sleep(100);
      }
    };
    const late = [
      () => undefined,
      (peer: Socket) => peer.write(whole.subarray(0, 12)),
      (peer: Socket) => peer.write(whole.subarray(0, -1)),
      drip,
    ];
    for (const act of late) {
      misbehave = act;
      expect((await alike(path())).stderr).toContain("did not answer in time");
    }
  });

  it("a refusal before the first request", async () => {
    await using busy = await FakeAgent.start({ greet: (peer) => peer.end(failure(null, "busy")) });
    expect((await alike(path(), [], busy.socket)).status).toBe(11);
    await using rude = await FakeAgent.start({ greet: (peer) => peer.destroy() });
    expect((await alike(path(), [], rude.socket)).status).toBe(5);
  });

  it.each([
    ["a state with a payload", reply(1, { state: "unlocked" }, payload)],
    ["another id", reply(2, { state: "unlocked" })],
    ["no state", reply(1, {})],
    ["a state that there is not", reply(1, { state: canary })],
    ["a secret", value(1, canary)],
  ])("nonsense while it waits: %s", async (_what, bytes) => {
    misbehave = (peer, verb) => peer.write(verb === "wait" ? bytes : failure(1, "locked"));
    expect((await alike(path(), ["--wait", "30s"])).status).toBe(1);
  });

  it("an unlock that does not come, and one that comes", async () => {
    let unlocked = 0;
    misbehave = (peer, verb) =>
      peer.write(verb === "wait" ? reply(1, { state: "locked" }) : failure(1, "locked"));
    expect((await alike(path(), ["--wait", "1s"])).status).toBe(3);
    misbehave = (peer, verb) => {
      const answer =
        verb === "wait" ? reply(1, { state: ++unlocked > 4 ? "unlocked" : "uninitialised" }) : whole;
      peer.write(verb === "get" && unlocked < 5 ? failure(1, "locked") : answer);
    };
    expect(await alike(path(), ["--wait", "60s"])).toEqual({ status: 0, stdout: canary, stderr: "" });
  });
});

it("an agent that accepts nobody: exit 5 in time", async (context) => {
  needsPrograms(context, "perl");
  const socket = `${agent.folder}/full`;
  const script =
    "use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])); listen(S, 0); $| = 1;";
  const fill =
    "for (1) { socket($_, AF_UNIX, SOCK_STREAM, 0); connect($_, sockaddr_un($ARGV[0])); push @k, $_ } print 1; sleep 60";
  const server = spawn("perl", ["-e", script + fill, socket], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((resolve) => server.stdout.once("data", resolve));
    expect((await alike(sottoGet(), [], socket)).stderr).toContain("did not answer in time");
  } finally {
    server.kill("SIGKILL");
  }
});
