/** `explain` tells the decision that the request itself gets, and tells it to nobody but administrators. */
import { type ChildProcess, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import type { HeaderFields } from "@sotto/client/protocol";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Credentials } from "../support/as-user.ts";
import { Installation } from "../support/installation.ts";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import { setpriv } from "../support/other-process.ts";
import { frame, type RawConnection, type RawReply } from "../support/raw-connection.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UIDS = [64_160, 64_161, 64_162, 0];
const GIDS = [64_260, 64_261, 64_262];
const NAMES = ["x", "x/a", "x/a/b", "x/b", "y", "z/a", "z/b"];
const MISSING = "x/missing";
const LABELS = ["explained-one", "explained-two"];
const HOUR_MS = 3_600_000;

const agent = liveAgent({ shared: true, config: { ticket: "0" } });
const tokens = new Map<string, Buffer>();
const isRoot = process.getuid?.() === 0;
let installed: Installation | undefined;

beforeAll(() => {
  if (isRoot) installed = new Installation();
});
afterAll(() => installed?.[Symbol.dispose]());
beforeEach(needsRoot);

/** `[0-23]:00` in UTC, some hours from now. */
const clock = (hours: number): string =>
  new Date(Date.now() + hours * HOUR_MS).toISOString().slice(11, 14).concat("00");
const some = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined, freq: 2 });
const identity = fc
  .record({
    uids: some(UIDS),
    users: some(UIDS.map((id) => ({ name: "somebody", id }))),
    gids: some(GIDS),
    groups: some(GIDS.map((id) => ({ name: "some-group", id }))),
    tokens: some(LABELS),
  })
  .filter((kinds) => Object.values(kinds).some((kind) => kind !== undefined));
const narrowing = fc.record({
  units: fc.constantFrom(undefined, undefined, undefined, ["sotto-no-such.service"]),
  windows: fc.constantFrom(undefined, ["00:00-24:00 UTC"], [`${clock(8)}-${clock(9)} UTC`]),
  rate: fc.constantFrom(undefined, undefined, { count: 2, perMs: HOUR_MS }),
  once: fc.constantFrom(undefined, undefined, true),
  expires: fc.constantFrom(undefined, Date.now() + HOUR_MS),
});
const someRule = fc.record({
  selector: fc.constantFrom(...NAMES, "x/**", "x/a/**", "z/**"),
  fields: fc.tuple(identity, narrowing).map(([who, when]) => ({ ...who, ...when })),
});
const someone = fc.record({
  uid: fc.constantFrom(...UIDS),
  gid: fc.constantFrom(...GIDS),
  groups: fc.subarray(GIDS),
  token: fc.option(fc.constantFrom(...LABELS), { nil: undefined, freq: 2 }),
  name: fc.constantFrom(...NAMES, MISSING),
});
type Someone = typeof someone extends fc.Arbitrary<infer T> ? T : never;

/** What a fetch gets: `allowed`, or the code of the refusal. */
const outcomeOf = ({ header }: RawReply): string =>
  header.get("ok") === true ? "allowed" : String(header.get("error"));

/** What a fetch would get, by the word of `explain`. */
async function foretold(administrator: RawConnection, fields: HeaderFields): Promise<string> {
  const { header } = succeeded(
    await administrator.request({ v: 1, id: 1, verb: "explain", operation: "get", ...fields }),
  );
  const decision = String(header.get("decision"));
  return decision === "allowed" && header.get("exists") === false ? "denied" : decision;
}

async function prepare(administrator: RawConnection): Promise<void> {
  for (const name of NAMES) await set(administrator, name, Buffer.from(name));
  for (const label of LABELS) {
    await administrator.request({ v: 1, id: 1, verb: "token-revoke", label }); // of an earlier try
    const bound = label === LABELS[1] && { uid: UIDS[0] };
    const made = await administrator.request({ v: 1, id: 1, verb: "token-new", label, ...bound });
    tokens.set(label, Buffer.from(succeeded(made).payload));
  }
}

async function compare(
  administrator: RawConnection,
  { name, token, ...who }: Someone,
  where = "",
): Promise<string> {
  const peer = { ...who, ...(token !== undefined && { token }) };
  const told = await foretold(administrator, { name, peer });
  using connection = await agent().connect(who);
  const payload = token === undefined ? undefined : tokens.get(token);
  const live = outcomeOf(await connection.request({ v: 1, id: 1, verb: "get", name }, payload));
  expect(told, `${where}: ${JSON.stringify({ name, peer })}`).toBe(live);
  return live;
}

it("B65: a described peer is foretold what a process that is so gets", async () => {
  const seed = Date.now();
  using administrator = await agent().administrator();
  await prepare(administrator);
  const rules = fc.sample(someRule, { numRuns: 40, seed });
  const met: string[] = [];
  for (const [i, one] of fc.sample(someone, { numRuns: 240, seed }).entries()) {
    const rule = rules[i / 6]; // rules come while requests go on
    if (rule !== undefined) await grant(administrator, rule.selector, rule.fields);
    met.push(await compare(administrator, one, `seed ${seed}, ${i}`));
  }
  await grant(administrator, MISSING, { uids: UIDS });
  await grant(administrator, "limited/x", { uids: UIDS, rate: { count: 1, perMs: HOUR_MS } });
  await set(administrator, "limited/x", Buffer.from("x"));
  await set(administrator, "token/x", Buffer.from("x"));
  await grant(administrator, "token/x", { tokens: LABELS });
  for (const uid of UIDS)
    for (const token of [undefined, ...LABELS])
      met.push(await compare(administrator, { uid, gid: 1, groups: [], token, name: "token/x" }));
  const [uid = 0] = UIDS;
  for (const name of [MISSING, "limited/x", "limited/x"])
    met.push(await compare(administrator, { uid, gid: 1, groups: [], token: undefined, name }));
  expect(new Set(met)).toEqual(new Set(["allowed", "denied", "rate-limited"]));
});

/** Waits for a line, then sends what it is told and prints all that comes back, as hexadecimal digits. */
const WAITING_CLIENT = `
const [, socket, request] = process.argv;
process.stdin.once("data", () => {
  process.stdin.pause();
  const connection = require("node:net").connect(socket);
  connection.on("data", (part) => process.stdout.write(part.toString("hex")));
  connection.end(Buffer.from(request, "hex"));
});
process.stdout.write("ready\\n");
`;

/** A process that will fetch `name` as it is told to; its pid stays the same through setpriv(1). */
function waitingClient({ uid, gid = uid, groups = [] }: Credentials, name: string): ChildProcess {
  const request = frame({ v: 1, id: 1, verb: "get", name }).toString("hex");
  const { node } = installed ?? { node: process.execPath };
  const [command, ...become] = setpriv(uid, gid, groups) as [string, ...string[]];
  const args = [...become, node, "-e", WAITING_CLIENT, agent().sandbox.socket, request];
  return spawn(command, args, {
    stdio: ["pipe", "pipe", "ignore"],
    cwd: "/",
  });
}

/** What `explain --pid` says of a waiting process, and what that very process then gets. */
async function foretoldAndGot(
  administrator: RawConnection,
  who: Credentials,
  name: string,
): Promise<[string, string]> {
  const child = waitingClient(who, name);
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    let text = "";
    child.stdout?.on("data", (part: Buffer) => (text += part.toString()));
    while (!text.startsWith("ready\n")) await new Promise((resolve) => setTimeout(resolve, 10));
    const told = await foretold(administrator, { name, pid: child.pid ?? 0 });
    child.stdin?.end("go\n");
    await ended;
    const reply = Buffer.from(text.slice("ready\n".length), "hex").toString("latin1");
    return [told, reply.includes(name) ? "allowed" : (/denied|rate-limited/.exec(reply)?.[0] ?? reply)];
  } finally {
    child.kill("SIGKILL");
  }
}

it("B65: a running process is foretold what it then gets", async (context) => {
  needsPrograms(context, "setpriv");
  using administrator = await agent().administrator();
  const name = "running/secret";
  const [uid = 0, other = 0] = UIDS;
  const [gid = 0, group = 0] = GIDS;
  await set(administrator, name, Buffer.from(`value of ${name}`));
  const check = async (who: Credentials, expected: string): Promise<void> => {
    expect(await foretoldAndGot(administrator, who, name)).toEqual([expected, expected]);
  };
  await check({ uid, gid }, "denied");
  await grant(administrator, name, { uids: [uid], gids: [group] });
  await check({ uid, gid }, "denied");
  await check({ uid, gid, groups: [group] }, "allowed");
  await check({ uid: other, gid: group }, "denied");
  await grant(administrator, name, { uids: [other], rate: { count: 1, perMs: HOUR_MS } });
  await check({ uid: other }, "allowed");
  await check({ uid: other }, "rate-limited");
  await check({ uid: 0 }, "denied");
});

it("B65: a running process is told by its program", async (context) => {
  needsPrograms(context, "setpriv");
  using administrator = await agent().administrator();
  const name = "program/secret";
  const [uid = 0, other = 0] = UIDS;
  const exes = [realpathSync(installed?.node ?? process.execPath)];
  await set(administrator, name, Buffer.from(name));
  const rule = { selector: name, may: ["get"], uids: [uid], exes, interpreter: true };
  const made = await administrator.request({ v: 1, id: 1, verb: "grant", ...rule });
  context.skip(
    made.header.get("ok") !== true,
    "node is where others than root may change it: no rule may name it",
  );
  await grant(administrator, name, { uids: [other], exes: [realpathSync("/bin/true")] });
  expect(await foretoldAndGot(administrator, { uid }, name)).toEqual(["allowed", "allowed"]);
  expect(await foretoldAndGot(administrator, { uid: other }, name)).toEqual(["denied", "denied"]);
});

it("B32: who may not administer learns nothing, and it is on record", async () => {
  using peer = await agent().connect({ uid: 64_169 });
  using root = await agent().connect({ uid: 0 });
  const peerOf = { uid: 0, gid: 0, groups: [] };
  const answers = new Set<string>();
  for (const about of [
    { name: "x", peer: peerOf },
    { name: "no/such", peer: peerOf },
    { name: "x", pid: process.pid },
    { name: "x", pid: 0x7fff_ffff },
  ]) {
    const question = { v: 1, id: 1, verb: "explain", operation: "get", ...about };
    answers.add((await peer.request(question)).bytes.toString("hex"));
    expect((await root.request(question)).header.get("error")).toBe("auth-required");
  }
  expect(answers.size, "the same bytes, whatever there is").toBe(1);
  expect(
    (
      await peer.request({ v: 1, id: 1, verb: "explain", operation: "get", name: "x", peer: peerOf })
    ).header.get("error"),
  ).toBe("denied");
  using administrator = await agent().administrator();
  await foretold(administrator, { name: "on/record", peer: peerOf });
  const records = agent()
    .sandbox.auditRecords()
    .filter(({ verb }) => verb === "explain");
  expect(records.at(-1)).toMatchObject({ result: "allowed", admin: true, name: "on/record", uid: 0 });
  expect(records.filter(({ result }) => result === "denied")).toHaveLength(5);
});
