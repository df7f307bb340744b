/** What a peer on a pipe is taken for, with Windows' answers given by the test: test/wine has the real ones. */
import { beforeEach, expect, it, vi } from "vitest";
import { WindowsPeer } from "./windows-peer.ts";

const OWN = "S-1-5-21-1-2-3-1001";
const PIPE = 77;
/** What Windows says. */
const system = vi.hoisted(() => ({ process: "", writer: "", alive: true, fails: false }));

vi.mock("@sotto/client/win32", () => ({
  api: { closeHandle: () => 1 },
  holdProcess: () => 5,
  identityOfProcess: () => ({ sid: system.process, groups: [], session: 1, logon: "a" }),
  identityOfPipeClient: () => {
    if (system.fails) throw new Error("ImpersonateNamedPipeClient failed");
    return { sid: system.writer, groups: [], session: 1, logon: "a" };
  },
  isPrivileged: () => false,
  ownIdentity: () => ({ sid: OWN }),
  programOf: () => undefined,
  runs: () => system.alive,
}));

beforeEach(() => Object.assign(system, { process: OWN, writer: OWN, alive: true, fails: false }));

it("is confirmed where who wrote is who its process is, and that runs", () => {
  expect(new WindowsPeer(1, PIPE).confirm()).toBe(true);
});

it.each([
  ["somebody else wrote than its process is", { writer: "S-1-5-18" }],
  ["its process has ended", { alive: false }],
  ["Windows does not say who wrote", { fails: true }],
])("is not confirmed where %s", (_, change) => {
  const peer = new WindowsPeer(1, PIPE);
  Object.assign(system, change);
  expect(peer.confirm()).toBe(false);
});

it("is not confirmed without a pipe: a process that is only looked at has written nothing", () => {
  expect(new WindowsPeer(1).confirm()).toBe(false);
});
