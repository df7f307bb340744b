import { describe, expect, it, vi } from "vitest";
import type { PeerHandle, Platform } from "../platform/index.ts";
import { Administrators } from "./administrators.ts";
import { Session } from "./session.ts";
import { Tickets } from "./tickets.ts";

/** Connections of processes of one uid, in the login session that is set at the moment. */
function connections(uid = 1000) {
  const login: { session: string | undefined } = { session: "12:34" };
  const platform = { sessionOf: () => login.session } as unknown as Platform;
  const tickets = new Tickets(1000, () => 0);
  const deps = { platform, administrators: new Administrators(1000, undefined), tickets };
  const connect = (peer: object = {}): Session =>
    new Session(
      { uid, gid: 1, groups: [], pid: 9, uidNow: () => undefined, ...peer } as unknown as PeerHandle,
      deps,
    );
  return { login, tickets, connect };
}

describe("a proof", () => {
  it("counts on its own connection and on others of the same login session", () => {
    const { login, connect } = connections();
    const [one, other] = [connect(), connect()];
    expect([one.administrator, one.proved, one.provedSlot]).toEqual([true, false, undefined]);
    one.prove("slot");
    expect([one.proved, one.provedSlot]).toEqual([true, "slot"]);
    expect([other.proved, other.provedSlot]).toEqual([true, undefined]);
    login.session = "12:35";
    expect(other.proved).toBe(false);
    expect(one.proved, "given here").toBe(true);
  });

  it("counts on its own connection alone where there is no login session", () => {
    const { login, connect } = connections();
    login.session = undefined;
    const one = connect();
    one.prove("slot");
    expect([one.proved, connect().proved]).toEqual([true, false]);
  });

  it("is forgotten at a lock, with the tickets", () => {
    const { tickets, connect } = connections();
    const one = connect();
    one.prove("slot");
    one.forget();
    expect([one.proved, one.provedSlot], "by its ticket").toEqual([true, undefined]);
    tickets.clear();
    expect(one.proved).toBe(false);
  });

  it("B32: makes nobody an administrator", () => {
    const { tickets, connect } = connections(1001);
    const one = connect();
    tickets.grant(1001, "12:34");
    one.prove("slot");
    expect([one.administrator, one.proved]).toEqual([false, false]);
  });
});

/** What an audit line leaves out. */
const UNKNOWN = { sid: undefined, session: undefined, exe: undefined, unit: undefined, uidNow: undefined };

describe("the peer in the audit", () => {
  it("is looked at once, at the first request that goes on record", () => {
    const describe = vi.fn(() => ({ exe: "/bin/a", unit: "a.service" }));
    const session = connections().connect({ describe });
    expect(session.auditPeer).toStrictEqual({ ...UNKNOWN, uid: 1000, gid: 1, pid: 9 });
    session.describe();
    session.describe();
    expect(describe).toHaveBeenCalledTimes(1);
    expect(session.auditPeer).toStrictEqual({
      ...UNKNOWN,
      uid: 1000,
      gid: 1,
      pid: 9,
      exe: "/bin/a",
      unit: "a.service",
    });
    expect(session.note).toBeUndefined();
  });

  it("has the uid of this moment, and is the same object while that stays", () => {
    const now: { uid: number | undefined } = { uid: undefined };
    const session = connections().connect({ describe: () => ({}), uidNow: () => now.uid });
    session.describe();
    const before = session.auditPeer;
    expect(session.auditPeer).toBe(before);
    now.uid = 0;
    expect(session.auditPeer).toStrictEqual({ ...UNKNOWN, uid: 1000, gid: 1, pid: 9, uidNow: 0 });
    now.uid = undefined;
    expect(session.auditPeer, "the one that it connected with").toStrictEqual({
      ...UNKNOWN,
      uid: 1000,
      gid: 1,
      pid: 9,
    });
  });

  it("is noted where its program is not the one that its name says", () => {
    const session = connections().connect({ describe: () => ({ exeMismatch: true }) });
    expect(session.note).toBeUndefined();
    session.describe();
    expect(session.note).toBe("exe_mismatch");
  });
});
