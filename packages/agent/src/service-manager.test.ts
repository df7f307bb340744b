import { describe, expect, it } from "vitest";
import { passedSockets, ServiceManager } from "./service-manager.ts";

const PID = 4711;

function managed(env: Record<string, string | undefined>, failing = false) {
  const said: string[] = [];
  const failures: unknown[] = [];
  const clock = { now: 0 };
  const platform = {
    now: () => clock.now,
    notifyManager: (target: string, message: string): void => {
      if (failing) throw new Error("gone");
      said.push(`${target} ${message}`);
    },
  };
  return {
    said,
    failures,
    clock,
    manager: new ServiceManager(platform, (error) => failures.push(error), env, PID),
  };
}

describe("what the manager is told", () => {
  it("that it serves, its state when that changes, and that it ends", () => {
    const { said, manager } = managed({ NOTIFY_SOCKET: "@x" });
    manager.tick("locked"); // before it serves there is nothing to tell
    manager.ready("locked");
    for (const state of ["locked", "unlocked", "unlocked", "locked"] as const) manager.tick(state);
    manager.stopping();
    expect(said).toEqual([
      "@x READY=1\nSTATUS=locked",
      "@x STATUS=unlocked",
      "@x STATUS=locked",
      "@x STOPPING=1",
    ]);
  });

  it.each([{}, { NOTIFY_SOCKET: "" }])("nothing where there is none", (env) => {
    const { said, manager } = managed(env);
    manager.ready("locked");
    manager.tick("unlocked");
    manager.stopping();
    expect(said).toEqual([]);
  });

  it("signs of life, twice as often as it waits for them", () => {
    const { said, clock, manager } = managed({
      NOTIFY_SOCKET: "/n",
      WATCHDOG_USEC: "30000000",
      WATCHDOG_PID: String(PID),
    });
    for (clock.now = 0; clock.now < 60_000; clock.now += 500) manager.tick("locked");
    expect(said).toEqual(Array(4).fill("/n WATCHDOG=1"));
  });

  it.each([
    { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" },
    { WATCHDOG_USEC: "0" },
    { WATCHDOG_USEC: "many" },
    {},
  ])("no sign of life where none is wanted of us: %j", (env) => {
    const { said, manager } = managed({ NOTIFY_SOCKET: "/n", ...env });
    manager.tick("locked");
    expect(said).toEqual([]);
  });

  it("it goes on where nobody listens", () => {
    const { failures, manager } = managed({ NOTIFY_SOCKET: "/gone" }, true);
    manager.ready("locked");
    manager.stopping();
    expect(failures).toHaveLength(2);
  });
});

describe("sockets that were passed", () => {
  const at: Readonly<Record<number, string>> = { 3: "/run/a", 4: "/run/b" };
  const platform = { listeningAt: (fd: number): string | undefined => at[fd] };
  const passed = (env: Record<string, string | undefined>, expected = ["/run/a", "/run/b"]): unknown =>
    Object.fromEntries(passedSockets(platform, expected, env, PID));

  it("are known by their paths", () => {
    expect(passed({ LISTEN_PID: String(PID), LISTEN_FDS: "2" })).toEqual({ "/run/a": 3, "/run/b": 4 });
    expect(passed({ LISTEN_PID: String(PID), LISTEN_FDS: "1" })).toEqual({ "/run/a": 3 });
  });

  it.each([{}, { LISTEN_FDS: "1" }, { LISTEN_PID: "4712", LISTEN_FDS: "1" }, { LISTEN_PID: String(PID) }])(
    "none for another process: %j",
    (env) => expect(passed(env)).toEqual({}),
  );

  it("are refused where one is not a socket that it serves", () => {
    const env = { LISTEN_PID: String(PID), LISTEN_FDS: "2" };
    expect(() => passed(env, ["/run/a"])).toThrow("passed a socket");
    expect(() => passed({ ...env, LISTEN_FDS: "3" })).toThrow("passed a socket");
    expect(() => passed({ ...env, LISTEN_FDS: "17" })).toThrow("more sockets");
  });
});
