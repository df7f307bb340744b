/** The uid that the kernel tells is the boundary: other users get nothing, whatever they call themselves. */
import { readdirSync, statSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { fetchAs, type Heard, setpriv } from "../support/other-process.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const SECRET = { name: "bank/login", value: "s3cret-of-the-bank" };
const ALLOWED = 64_136;
const STRANGER = 64_138;
/** Above 2^31-1: programs that read a uid as a signed number took its owner for root (CVE-2018-19788). */
const HUGE_UIDS = [2_147_483_648, 4_000_000_000, 4_294_967_294];
const NOBODY = 65_534;

const agent = liveAgent({ shared: true });
const installed = process.getuid?.() === 0 ? new Installation() : undefined;
afterAll(() => installed?.[Symbol.dispose]());
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "setpriv", "unshare"));

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, SECRET.name, Buffer.from(SECRET.value));
  await grant(administrator, SECRET.name, { uids: [ALLOWED] });
});

function fetch(become: readonly string[]): Promise<Heard> {
  if (installed === undefined) throw new Error("not installed");
  return fetchAs(installed, become, agent().sandbox.socket, SECRET.name);
}

const lastRecord = (): Record<string, unknown> | undefined => agent().sandbox.auditRecords().at(-1);

/** Refused, without a byte of the value in all that was sent, and on record. */
function expectRefused(heard: Heard, uid: number): void {
  expect(heard.bytes.includes("denied")).toBe(true);
  expect(heard.payload).toHaveLength(0);
  expect(heard.bytes.includes(SECRET.value)).toBe(false);
  expect(lastRecord()).toMatchObject({ uid, result: "denied" });
}

describe("B36: another user", () => {
  it("may open the socket, and is denied what is not for it", async () => {
    expect(statSync(agent().sandbox.socket).mode & 0o777).toBe(0o666);
    expectRefused(await fetch(setpriv(STRANGER)), STRANGER);
  });

  it("gets it when a rule says so: the test before would notice a leak", async () => {
    const heard = await fetch(setpriv(ALLOWED));
    expect(heard.payload.toString()).toBe(SECRET.value);
    expect(lastRecord()).toMatchObject({ uid: ALLOWED, verb: "get", result: "allowed" });
  });

  it("is denied by the command line with exit status 4 and no output", async () => {
    const env = { SOTTO_SOCKET: agent().sandbox.socket };
    const args = [installed?.cli ?? "", "get", SECRET.name];
    const got = await runCommand(installed?.node ?? "", args, { env, uid: STRANGER });
    expect(got).toMatchObject({ status: 4, stdout: Buffer.alloc(0) });
    expect(got.stderr).not.toContain(SECRET.value);
    expect((await runCommand(installed?.node ?? "", args, { env, uid: ALLOWED })).stdout.toString()).toBe(
      SECRET.value,
    );
  });

  it("is kept out of the home by the kernel, and every file in it", async () => {
    const { home } = agent().sandbox;
    expect(statSync(home).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(home)) {
      const stat = statSync(`${home}/${file}`);
      expect(stat.mode & 0o077, file).toBe(0);
      const read = await runCommand("cat", [`${home}/${file}`], { uid: STRANGER, env: environment() });
      expect(read).toMatchObject({ status: 1, stdout: Buffer.alloc(0) });
    }
  });
});

const environment = (): Record<string, string> => ({ PATH: process.env["PATH"] ?? "" });

describe("B38: the uid of the kernel decides", () => {
  it.each(HUGE_UIDS)("uid %d is a user like any: denied, and allowed by a rule of its own", async (uid) => {
    expectRefused(await fetch(setpriv(uid)), uid);
    using administrator = await agent().administrator();
    const rule = await grant(administrator, SECRET.name, { uids: [uid] });
    expect((await fetch(setpriv(uid))).payload.toString()).toBe(SECRET.value);
    await administrator.request({ v: 1, id: 1, verb: "revoke", rule });
    expectRefused(await fetch(setpriv(uid)), uid);
  });

  it("uid 65534 is refused at the door, whatever the rules say", async () => {
    using administrator = await agent().administrator();
    await administrator.request({
      v: 1,
      id: 1,
      verb: "grant",
      selector: SECRET.name,
      may: ["get"],
      uids: [NOBODY],
    });
    // The agent says "denied" and closes before it reads. A client that is still writing then may meet the closed door
    // (EPIPE) before the word, and node drops what it has not read: so nothing at all may arrive, but nothing else.
    const heard = await fetch(setpriv(NOBODY));
    if (heard.bytes.length === 0) expect(heard.errors).toMatch(/EPIPE|ECONNRESET/);
    else expect(heard.bytes.includes("denied")).toBe(true);
    expect(heard.payload).toHaveLength(0);
    expect(lastRecord()).toMatchObject({ uid: NOBODY, verb: "connect", result: "denied" });
  });

  it("uid 0 of a user namespace is the user outside: no administrator, and nothing of root's rules", async () => {
    using administrator = await agent().administrator();
    const rule = await grant(administrator, SECRET.name, { uids: [0] });
    const rootInside = ["unshare", "--user", "--map-root-user", "--"];
    expectRefused(await fetch([...setpriv(STRANGER), ...rootInside]), STRANGER);
    expect((await fetch([...setpriv(ALLOWED), ...rootInside])).payload.toString()).toBe(SECRET.value);
    expect(lastRecord()).toMatchObject({ uid: ALLOWED });
    await administrator.request({ v: 1, id: 1, verb: "revoke", rule });
  });

  it("no rule can be for uid 2^32-1, which is nobody's", async () => {
    using administrator = await agent().administrator();
    const grantFor = async (uid: number): Promise<unknown> => {
      const request = { v: 1, id: 1, verb: "grant", selector: SECRET.name, may: ["get"], uids: [uid] };
      return (await administrator.request(request)).header.get("error");
    };
    for (const uid of [2 ** 32 - 1, 2 ** 32, -1]) expect(await grantFor(uid)).toBe("bad-request");
  });
});
