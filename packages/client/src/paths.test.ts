import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { agentLocations, firstExisting, jobSockets } from "./paths.ts";
import { agentUserId } from "./platform/linux.ts";
import { rejection } from "./test-support/rejection.ts";

const USER = 1001;
const login = { HOME: "/home/report", XDG_RUNTIME_DIR: "/run/user/1001" };

describe("agentLocations", () => {
  it("root's agent is the machine's", () => {
    const expected = { home: "/var/lib/sotto", socket: "/run/sotto/agent.sock" };
    expect(agentLocations({}, { HOME: "/root", XDG_DATA_HOME: "/root/data" }, 0)).toEqual(expected);
  });

  it("a user's agent is in the user's folders", () => {
    expect(agentLocations({}, login, USER)).toEqual({
      home: "/home/report/.local/share/sotto",
      socket: "/run/user/1001/sotto/agent.sock",
    });
    expect(agentLocations({}, { ...login, XDG_DATA_HOME: "/data/report" }, USER).home).toBe(
      "/data/report/sotto",
    );
  });

  it("a relative XDG variable is ignored", () => {
    const env = { HOME: "/home/report", XDG_RUNTIME_DIR: "run", XDG_DATA_HOME: "data" };
    expect(agentLocations({}, env, USER)).toEqual(agentLocations({}, login, USER));
  });

  it("a chosen home holds the socket, whether an option or the environment chose it", () => {
    const expected = { home: "/srv/sotto", socket: "/srv/sotto/agent.sock" };
    expect(agentLocations({ home: "/srv/sotto" }, login, USER)).toEqual(expected);
    expect(agentLocations({}, { ...login, SOTTO_HOME: "/srv/sotto" }, USER)).toEqual(expected);
  });

  it("a chosen socket stays where it is", () => {
    const env = { ...login, SOTTO_SOCKET: "/run/x.sock" };
    expect(agentLocations({ home: "/srv/sotto" }, env, USER)).toEqual({
      home: "/srv/sotto",
      socket: "/run/x.sock",
    });
    expect(agentLocations({}, env, USER)).toEqual({
      home: "/home/report/.local/share/sotto",
      socket: "/run/x.sock",
    });
  });

  it("options come before the environment, and empty ones count as not given", () => {
    const env = { ...login, SOTTO_HOME: "/e/home", SOTTO_SOCKET: "/e/sock" };
    expect(agentLocations({ home: "/o/home", socket: "/o/sock" }, env, USER)).toEqual({
      home: "/o/home",
      socket: "/o/sock",
    });
    expect(agentLocations({}, { ...login, SOTTO_HOME: "", SOTTO_SOCKET: "" }, USER)).toEqual(
      agentLocations({}, login, USER),
    );
  });

  it("relative paths become absolute", () => {
    expect(agentLocations({ home: "h", socket: "s" }, {}, USER)).toEqual({
      home: resolve("h"),
      socket: resolve("s"),
    });
  });

  it("B121: a socket path above 100 bytes is refused, wherever it comes from", async () => {
    const fits = `/${"s".repeat(99)}`;
    expect(agentLocations({ socket: fits }, login, USER).socket).toBe(fits);
    const long: [object, object][] = [
      [{ socket: `${fits}s` }, {}],
      [{ socket: `/${"é".repeat(50)}` }, {}],
      [{ home: `/${"h".repeat(90)}` }, {}],
      [{}, { SOTTO_SOCKET: `${fits}s` }],
      [{}, { XDG_RUNTIME_DIR: fits }],
    ];
    for (const [flags, env] of long) {
      const error = await rejection(() => agentLocations(flags, { ...login, ...env }, USER));
      expect([error.code, error.reason, error.exit]).toEqual(["bad-argument", "path-length", 2]);
    }
  });

  it("a NUL in a path is refused", async () => {
    expect((await rejection(() => agentLocations({ socket: "/a\0b" }, login, USER))).reason).toBe("path");
  });
});

describe("jobSockets", () => {
  it("are the user's own and the system's", () => {
    expect(jobSockets({}, login, USER)).toEqual(["/run/user/1001/sotto/agent.sock", "/run/sotto/agent.sock"]);
  });

  it("are the same for a job of cron, which has no XDG_RUNTIME_DIR", () => {
    expect(jobSockets({}, { HOME: "/home/report" }, USER)).toEqual(jobSockets({}, login, USER));
  });

  it("root has the system's only", () => {
    expect(jobSockets({}, {}, 0)).toEqual(["/run/sotto/agent.sock"]);
  });

  it("a chosen one stands alone", () => {
    expect(jobSockets({}, { ...login, SOTTO_SOCKET: "/e" }, USER)).toEqual(["/e"]);
    expect(jobSockets({ socket: "/o" }, { ...login, SOTTO_SOCKET: "/e" }, USER)).toEqual(["/o"]);
    expect(jobSockets({}, { ...login, SOTTO_HOME: "/h" }, USER)).toEqual(["/h/agent.sock"]);
    expect(jobSockets({ home: "/h" }, { ...login, SOTTO_SOCKET: "/e" }, USER)).toEqual(["/e"]);
  });

  it("B121: a chosen one above 100 bytes is refused", async () => {
    const error = await rejection(() => jobSockets({ socket: `/${"s".repeat(100)}` }, login, USER));
    expect(error.reason).toBe("path-length");
  });
});

describe("firstExisting", () => {
  it("takes the first that is there, a dangling link included, and says when none is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sotto-client-"));
    const [none, file, link] = [join(folder, "none"), join(folder, "file"), join(folder, "link")];
    writeFileSync(file, "");
    symlinkSync("nowhere", link);
    expect(firstExisting([none, file, link])).toBe(file);
    expect(firstExisting([none, link, file])).toBe(link);
    const error = await rejection(() => firstExisting([none, join(file, "below")]));
    rmSync(folder, { recursive: true });
    expect([error.code, error.reason]).toEqual(["unreachable", "absent"]);
  });
});

describe("agentUserId", () => {
  const passwd =
    "root:x:0:0::/root:/bin/sh\nsottoo:x:5:5::/:\nsotto:x:990:990::/:/usr/sbin/nologin\nsotto:x:6:6::/:\n";

  it("is the uid of the agent's own user", () => {
    expect(agentUserId(passwd)).toBe(990);
  });

  it("is undefined where there is none, or where its line is damaged", () => {
    for (const text of [
      "",
      "root:x:0:0::/:",
      "sotto",
      "sotto:x::0::/:",
      "sotto:x:-1:0::/:",
      "sotto:x:1e3:0::/:",
    ])
      expect(agentUserId(text)).toBeUndefined();
  });
});
